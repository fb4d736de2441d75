"""A consumer of the zoo over a transport of its own: type-checked and run by the test."""

from zoo import MESSAGES, Answer, Arrived, Failure, Plain, Reply, SomeErrorTooLarge, ZooClient, codec

ANIMAL = "00000000-0000-0000-0000-000000000001"


class Recorder:
    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answer: Answer = Reply("null")

    def call(self, service: str, method: str, request: str) -> Answer:
        self.sent.append(f"call {service}.{method} {request}")
        return self.answer

    def command(self, service: str, method: str, message: str) -> None:
        self.sent.append(f"command {service}.{method} {message}")

    def publish(self, service: str, event: str, message: str) -> None:
        self.sent.append(f"publish {service}.{event} {message}")


def check(actual: object, expected: object) -> None:
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, not {actual!r}")


transport = Recorder()
zoo = ZooClient(transport)

transport.answer = Reply('{"grams": 7}')
fed = zoo.feed(animal=ANIMAL, type="hay")
check(transport.sent.pop(), f'call zoo.feed {{"animal":"{ANIMAL}","type":"hay"}}')
check(fed.value.grams if isinstance(fed, codec.Ok) else fed.error, 7)

transport.answer = Failure('{"code": "too_large", "limit": 18446744073709551615}')
refused = zoo.feed(animal=ANIMAL, type="hay", grams=3)
check(transport.sent.pop(), f'call zoo.feed {{"animal":"{ANIMAL}","grams":3,"type":"hay"}}')
check(refused, codec.Err(SomeErrorTooLarge(limit=2**64 - 1)))

transport.answer = Reply('[{"number": 1, "text": "one", "flag": true, "more": "is ignored"}]')
everyone: list[Plain] = zoo.census()
check(everyone, [Plain(number=1, text="one", flag=True)])
check(transport.sent.pop(), "call zoo.census {}")
transport.answer = Reply('[["Leo", 7]]')
check(zoo.census_v2(species="lion"), [("Leo", 7)])
check(transport.sent.pop(), 'call zoo.census@2 {"species":"lion"}')

zoo.clean(cages=["a"], since=2**53 + 1)
check(transport.sent.pop(), 'command zoo.clean {"since":9007199254740993,"cages":["a"]}')
zoo.arrived(Arrived(animal=ANIMAL))
check(transport.sent.pop(), f'publish zoo.arrived {{"animal":"{ANIMAL}"}}')
zoo.night_v12(Arrived(animal=ANIMAL))
check(transport.sent.pop(), f'publish zoo.night@12 {{"animal":"{ANIMAL}"}}')

for method, text, expected in [
    ("with_other", '"Newest"', '"Unknown"'),
    ("internal_other", '{"type":"Newest","number":1}', '{"type":"Unknown"}'),
    ("adjacent_other", '{"t":"Newest"}', '{"t":"Unknown"}'),
]:
    request = MESSAGES[method].request
    check(codec.stringify(request.to_json(request.from_json(codec.parse(text)))), expected)
