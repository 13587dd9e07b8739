"""Twenty dumps while eight threads change the heap; `make stress` does a thousand."""


def test_dumps_while_threads_change_the_heap(process):
    answer = process("stress")
    assert answer["complaints"] == []
    assert answer["n_dumps"] == 20
    assert answer["n_opened"] == 10
