"""Where chats show our people the cards of requests."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from rules.model import Post, State, Way
from storage.bulk import insert_new
from storage.schema import PostRow, RequestRow


class Posts:
    """Messages of ours that are kept up to date."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, post: Post) -> None:
        """Keep where a card stands now; nothing changes if that is known."""
        values = {
            "place": post.place,
            "request_id": post.request_id,
            "kind": post.kind,
            "address": post.address,
            "version": post.version,
            "gone": False,
        }
        insert_new(self._session, PostRow, [values])

    def of(self, request_id: int) -> list[Post]:
        """Return where a request's cards stand, but for those that are gone."""
        query = select(PostRow).where(
            PostRow.request_id == request_id, col(PostRow.gone).is_(False)
        )
        return [_post(row) for row in self._session.exec(query.order_by(col(PostRow.place)))]

    def by_way(self, request_id: int, way: Way) -> Post | None:
        """Return where the first stands that was sent by a way, of those not gone."""
        found = (p for p in self.of(request_id) if (p.kind, p.address) == (way.kind, way.address))
        return next(found, None)

    def at(self, place: str) -> Post | None:
        """Return what stands there, or stood until it was deleted."""
        row = self._session.get(PostRow, place)
        return _post(row) if row else None

    def live(self, since: datetime, limit: int) -> list[str]:
        """Return where cards stand of requests that wait, or were answered since then: of the
        newest requests first.
        """
        is_open = col(RequestRow.state).in_((State.OPEN, State.HELD))
        waits = is_open | (col(RequestRow.first_response_at) >= since)
        query = select(PostRow.place).join(
            RequestRow, col(PostRow.request_id) == col(RequestRow.id)
        )
        query = query.where(waits, col(PostRow.gone).is_(False))
        newest = query.order_by(col(PostRow.request_id).desc(), col(PostRow.place))
        return list(self._session.exec(newest.limit(limit)))

    def renew(self, place: str) -> int:
        """Count that it is to be brought up to date; return the new version."""
        here = update(PostRow).where(col(PostRow.place) == place)
        # In one statement: the watch and a click may count at once.
        counted = here.values(version=PostRow.version + 1).returning(col(PostRow.version))
        return int(self._session.exec(counted).scalar_one())

    def forget(self, place: str) -> None:
        """It is gone: bring it up to date no more."""
        query = update(PostRow).where(col(PostRow.place) == place)
        self._session.exec(query.values(gone=True))


def _post(row: PostRow) -> Post:
    return Post(row.place, row.request_id, row.kind, row.address, row.version)
