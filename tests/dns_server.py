"""A real DNS server on loopback, whose zone is in the test's hand."""

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """Answers over UDP, and over TCP where an answer is too long, until closed."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()  # names nobody hears anything about; "" for all
        self.broken: set[str] = set()  # SERVFAIL
        self.asked: list[tuple[str, str]] = []
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port = self._udp.getsockname()[1]
        self._tcp = socket.create_server(("127.0.0.1", self.port))
        self._threads = [threading.Thread(target=t) for t in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    def text(self, name: str, *texts: str) -> None:
        """TXT records, each in strings of 255 at most."""
        self.records[name, "TXT"] = [
            " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255)) for text in texts
        ]

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while True:
            query, peer = self._udp.recvfrom(65_535)
            if not query:
                return
            if (answer := self._answer(query)) is not None:
                wire = answer.to_wire()
                if len(wire) > 1232:
                    answer.answer.clear()
                    answer.flags |= dns.flags.TC
                    wire = answer.to_wire()
                self._udp.sendto(wire, peer)

    def _serve_tcp(self) -> None:
        while True:
            peer, _ = self._tcp.accept()
            with peer:
                length = peer.recv(2)
                if not length:
                    return
                answer = self._answer(peer.recv(int.from_bytes(length)))
                if answer is not None:
                    wire = answer.to_wire()
                    peer.sendall(len(wire).to_bytes(2) + wire)

    def _answer(self, query: bytes) -> dns.message.Message | None:
        asked = dns.message.from_wire(query)
        (question,) = asked.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if "" in self.silent or name in self.silent:
            return None
        answer = dns.message.make_response(asked)
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, found))
        elif not any(name == known for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
