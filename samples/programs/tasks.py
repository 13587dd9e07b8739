"""Tasks that wait for an answer that does not come, each with its response in a local variable."""

import asyncio
import contextvars

request = contextvars.ContextVar("request")
RESULTS: dict = {}


class Response:
    """An answer of a server."""

    def __init__(self, size: int) -> None:
        self.body = bytearray(size)
        self.headers = {f"header{number}": str(number) * 10 for number in range(50)}


async def fetch(number: int, never: asyncio.Event) -> None:
    """Wait for ever, with a response in hand."""
    request.set({"number": number, "trace": ["x" * 100 for _ in range(50)]})
    resp = Response(10_000 + number)
    RESULTS[number] = Response(20_000 + number)
    await never.wait()
    resp.body.clear()


async def start() -> list:
    """Start the tasks and leave them waiting."""
    never = asyncio.Event()
    tasks = [asyncio.ensure_future(fetch(number, never)) for number in range(5)]
    await asyncio.sleep(0)
    return tasks


loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda loop, context: None)
pending = loop.run_until_complete(start())
