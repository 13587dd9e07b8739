"""Tasks are sent to Celery's memory broker, and no worker takes them."""

from celery import Celery

REQUIRES = ["celery"]
EXPECTS = "words"
ANCHORS = ["queues", "_queue"]
REMEDY = "app.control.purge()"
SELECTOR = "container"
SELECTORS = ["type:collections.deque"]
app = Celery("jobs", broker="memory://", backend="cache+memory://", set_as_current=False)


@app.task(name="resize")
def resize(name, data):
    return f"{name}: {len(data)}"


def send(number):
    return resize.delay(f"image-{number}", f"{number} " * 30_000).id


def n_waiting():
    with app.connection_or_acquire() as connection:
        return connection.default_channel.queue_declare("celery", passive=True).message_count


def leak():
    for number in range(20):
        send(number)


def messages():
    with app.connection_or_acquire() as connection:
        return connection.default_channel.queues["celery"].queue


def leaked():
    return [(id(message), "dict") for message in messages()]


def next_step():
    n_before = n_waiting()
    assert len(send(500)) == 36
    assert n_waiting() == n_before + 1
    with app.connection_or_acquire() as connection:
        queue = connection.SimpleQueue("celery")
        message = queue.get(timeout=5)
        assert message.headers["task"] == "resize"
        message.ack()
        queue.close()
    assert n_waiting() == n_before
    assert resize("a", "bcd") == "a: 3"
    assert resize.apply(args=("x", "yz")).get() == "x: 2"
