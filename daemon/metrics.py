"""Figures about the daemon, for Prometheus to fetch."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `render` gives."""


class Metrics:
    """Every figure; each instance counts on its own. Label values are never customers' words."""

    def __init__(self) -> None:
        """Start all of them at zero."""
        registry = CollectorRegistry()
        self._registry = registry
        self.arrivals = Counter("supportd_arrivals", "Arrivals stored.", registry=registry)
        self.decided = Counter(
            "supportd_decided", "Arrivals decided, by fate.", ["fate"], registry=registry
        )
        self.undecided = Gauge(
            "supportd_undecided", "Arrivals stored and not yet decided.", registry=registry
        )
        self.oldest_undecided_seconds = Gauge(
            "supportd_oldest_undecided_seconds",
            "Age of the oldest undecided arrival; 0 if there is none.",
            registry=registry,
        )
        self.timers_armed = Gauge(
            "supportd_timers_armed", "Timers that watch over something owed.", registry=registry
        )
        self.ping_delay_seconds = Histogram(
            "supportd_ping_delay_seconds",
            "From when a ping was owed until its peer took it.",
            buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900),
            registry=registry,
        )
        self.sent = Counter(
            "supportd_sent", "Notices that a peer took.", ["kind", "way"], registry=registry
        )
        self.failed = Counter(
            "supportd_failed",
            "Tries to send a notice that failed, by whether trying again helps.",
            ["kind", "way", "failure"],
            registry=registry,
        )
        self.outbox = Gauge(
            "supportd_outbox", "Notices in the outbox, by state.", ["state"], registry=registry
        )
        self.outbox_oldest_seconds = Gauge(
            "supportd_outbox_oldest_seconds",
            "Age of the oldest notice not yet carried out; 0 if there is none.",
            registry=registry,
        )
        self.watch_last_ok = Gauge(
            "supportd_watch_last_ok_timestamp_seconds",
            "When the watch last looked at what is due without failing, as Unix time.",
            registry=registry,
        )
        self.audit_findings = Gauge(
            "supportd_audit_findings",
            "Kinds of things that the last audit found wrong.",
            registry=registry,
        )
        self.audit_last_clean = Gauge(
            "supportd_audit_last_clean_timestamp_seconds",
            "When an audit last found nothing wrong, as Unix time.",
            registry=registry,
        )
        self.channel_up = Gauge(
            "supportd_channel_up",
            "1 while a channel can be handed to, else 0.",
            ["channel"],
            registry=registry,
        )
        self.pulse_failures = Counter(
            "supportd_pulse_failures",
            "Beats of the scheduler that were missed, still ran at the next, or failed.",
            ["kind"],
            registry=registry,
        )
        self.alarms = Counter(
            "supportd_alarms", "Alarms raised, by what they are of.", ["what"], registry=registry
        )

    def render(self) -> bytes:
        """All figures in the text format that `CONTENT_TYPE` names."""
        return generate_latest(self._registry)
