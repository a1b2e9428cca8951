from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.http.answer import HEAD_LIMIT_BYTES, AnswerReader, AnswerRefusedError

LIMIT_BYTES = 1_000_000

WHOLE = {
    "content-length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;note=x\r\nllo\r\n0\r\n\r\n",
    "chunked with a trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\n\r\n",
    "padded chunk sizes": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5   \r\nhello\r\n0  \r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "100 first": b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "103 and 100 first": b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 kept alive": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
}


def read(*pieces: bytes, method: str = "GET", limit_bytes: int = LIMIT_BYTES) -> AnswerReader:
    reader = AnswerReader(method, limit_bytes)
    for piece in pieces:
        reader.feed(piece)
    return reader


def feed_often(reader: AnswerReader, piece: bytes) -> None:
    for _ in range(100):
        reader.feed(piece)


@pytest.mark.parametrize("wire", WHOLE.values(), ids=WHOLE.keys())
def test_every_framing_gives_the_body_and_keeps_the_connection(wire: bytes) -> None:
    """An answer with its own framing is complete at its last byte and leaves the connection usable."""
    reader = read(wire)
    assert (reader.complete, reader.reusable, reader.status, reader.body) == (True, True, 200, b"hello")


@given(st.sampled_from(sorted(WHOLE.values())), st.data())
def test_segments_do_not_matter(wire: bytes, data: st.DataObject) -> None:
    """However the network cuts the bytes, the answer is the same and not complete before its last byte."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire) - 1), max_size=8)))
    reader = AnswerReader("GET", LIMIT_BYTES)
    for begin, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        assert not reader.complete
        reader.feed(wire[begin:end])
    assert reader.complete
    assert reader.reusable
    assert (reader.status, reader.body) == (200, b"hello")
    assert "x-early" not in reader.headers


def test_header_names_are_lower_case_and_repeated_ones_joined() -> None:
    """Names come in lower case, and the values of a repeated header are joined with a comma."""
    reader = read(b"HTTP/1.1 200 OK\r\nX-One:  a \r\nx-one: b\r\nDATE: now\r\nContent-Length: 0\r\n\r\n")
    assert reader.headers == {"x-one": "a, b", "date": "now", "content-length": "0"}


@pytest.mark.parametrize("length", [b"", b"Content-Length: 5\r\n"], ids=["no length", "length"])
def test_an_answer_without_framing_lasts_until_the_end_of_the_connection(length: bytes) -> None:
    """Without a length the body lasts until the connection ends; with one, an earlier end is a cut."""
    reader = read(b"HTTP/1.1 200 OK\r\n" + length + b"\r\nhel")
    assert not reader.complete
    if length:
        with pytest.raises(AnswerRefusedError, match="cut off after 41 bytes"):
            reader.end()
    else:
        reader.end()
        assert (reader.complete, reader.reusable, reader.body) == (True, False, b"hel")


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["headers", "last chunk", "only an interim answer"],
)
def test_a_cut_answer_is_refused(wire: bytes) -> None:
    """A connection that ends before the framing says so gives an error, never a shorter answer."""
    with pytest.raises(AnswerRefusedError, match=f"cut off after {len(wire)} bytes"):
        read(wire).end()


@pytest.mark.parametrize(
    ("method", "wire", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
    ],
)
def test_some_answers_have_no_body_whatever_they_announce(method: str, wire: bytes, status: int) -> None:
    """HEAD, 204 and 304 are complete after their headers and keep the connection."""
    reader = read(wire, method=method)
    assert (reader.complete, reader.reusable, reader.status, reader.body) == (True, True, status, b"")


@pytest.mark.parametrize(
    ("method", "wire"),
    [
        ("GET", WHOLE["content-length"] + b"x"),
        ("GET", WHOLE["content-length"] + WHOLE["chunked"]),
        ("GET", WHOLE["chunked"] + b"\x00"),
        ("HEAD", WHOLE["content-length"]),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
    ],
    ids=["a byte", "a second answer", "rubbish", "body of HEAD", "body of 304"],
)
def test_bytes_after_the_end_cost_the_connection_and_not_the_answer(method: str, wire: bytes) -> None:
    """What follows an answer never becomes part of it or of the next one: the connection is given up."""
    reader = read(wire, method=method)
    assert reader.complete
    assert not reader.reusable
    assert reader.body in {b"", b"hello"}


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_an_answer_that_announces_the_end_gives_the_connection_up(wire: bytes) -> None:
    """`Connection: close` and plain HTTP/1.0 leave no connection for the next request."""
    reader = read(wire)
    assert reader.complete
    assert not reader.reusable


@pytest.mark.parametrize(
    ("wire", "sentence"),
    [
        (b"<html>hello</html>", "not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "not HTTP"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transfer encoding that nobody"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "transfer encoding that nobody"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", "compressed"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", "another protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "another protocol"),
    ],
)
def test_what_is_no_acceptable_answer_is_refused(wire: bytes, sentence: str) -> None:
    """Whatever cannot be read with certainty is refused with a sentence that says what is wrong."""
    with pytest.raises(AnswerRefusedError, match=sentence):
        read(wire)


def test_an_announced_size_over_the_bound_is_refused_before_it_comes() -> None:
    """A length over the bound is refused at the headers, without reading the body."""
    with pytest.raises(AnswerRefusedError, match="announces 1000001 bytes, more than 1000000"):
        read(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n")


@pytest.mark.parametrize(
    ("opening", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n" * 50),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 1000),
    ],
    ids=["body", "chunks", "trailers", "chunk extension"],
)
def test_an_endless_answer_is_refused_at_the_bound(opening: bytes, more: bytes) -> None:
    """No part of an answer can grow past the bound, announced or not."""
    reader = read(opening, limit_bytes=20_000)
    with pytest.raises(AnswerRefusedError, match="larger than 20000 bytes"):
        feed_often(reader, more)
    assert len(reader.body) <= 20_000


@pytest.mark.parametrize(
    ("opening", "more"),
    [
        (b"HTTP/1.1 200 ", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"Name: value\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\nName: ", b"x" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
    ids=["status line", "headers", "one header", "interim answers"],
)
def test_endless_headers_are_refused_at_their_bound(opening: bytes, more: bytes) -> None:
    """Status line, headers and interim answers together have a bound of their own."""
    reader = read(opening) if opening else AnswerReader("GET", LIMIT_BYTES)
    with pytest.raises(AnswerRefusedError, match=f"headers are larger than {HEAD_LIMIT_BYTES} bytes"):
        feed_often(reader, more)


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=5))
def test_any_bytes_are_refused_or_read(pieces: list[bytes]) -> None:
    """No bytes whatever raise anything but the refusal."""
    reader = AnswerReader("GET", LIMIT_BYTES)
    try:
        for piece in pieces:
            reader.feed(piece)
        reader.end()
    except AnswerRefusedError:
        assert not reader.complete
    else:
        assert reader.complete
