// A consumer of the zoo over a transport of its own: compiled and run by the test.

import { type Answer, codec, messages, type Plain, type Transport, ZooClient } from "./index.js";

const sent: string[] = [];
let answer: Answer = { reply: "null" };

const transport: Transport = {
  async call(service, method, request) {
    sent.push(`call ${service}.${method} ${request}`);
    return answer;
  },
  async command(service, method, message) {
    sent.push(`command ${service}.${method} ${message}`);
  },
  async publish(service, event, message) {
    sent.push(`publish ${service}.${event} ${message}`);
  },
};

function check(actual: string | undefined, expected: string): void {
  if (actual !== expected) throw new Error(`expected ${expected}, not ${actual}`);
}

const zoo = new ZooClient(transport);
const animal = "00000000-0000-0000-0000-000000000001";

answer = { reply: '{"grams": 7}' };
const fed = await zoo.feed({ animal, type: "hay" });
check(sent.pop(), `call zoo.feed {"animal":"${animal}","type":"hay"}`);
check(fed.ok ? `${fed.reply.grams}` : fed.error.code, "7");

answer = { error: '{"code": "too_large", "limit": 18446744073709551615}' };
const refused = await zoo.feed({ animal, type: "hay", grams: null });
check(sent.pop(), `call zoo.feed {"animal":"${animal}","type":"hay","grams":null}`);
const failure = refused.ok ? undefined : refused.error;
check(failure?.code === "too_large" ? `${failure.limit}` : "nothing", "18446744073709551615");

answer = { reply: '[{"number": 1, "text": "one", "flag": true, "more": "is ignored"}]' };
const all: readonly Plain[] = await zoo.census();
check(JSON.stringify(all), '[{"number":1,"text":"one","flag":true}]');
check(sent.pop(), "call zoo.census {}");
answer = { reply: '[["Leo", 7]]' };
const lions: readonly (readonly [string, number])[] = await zoo.censusV2({ species: "lion" });
check(JSON.stringify(lions), '[["Leo",7]]');
check(sent.pop(), 'call zoo.census@2 {"species":"lion"}');

await zoo.clean({ cages: ["a"], since: 9007199254740993n });
check(sent.pop(), 'command zoo.clean {"cages":["a"],"since":9007199254740993}');
await zoo.arrived({ animal });
check(sent.pop(), `publish zoo.arrived {"animal":"${animal}"}`);
await zoo.nightV12({ animal });
check(sent.pop(), `publish zoo.night@12 {"animal":"${animal}"}`);

const others = [
  [messages.with_other, '"Newest"', '"Unknown"'],
  [messages.internal_other, '{"type":"Newest","number":1}', '{"type":"Unknown"}'],
  [messages.adjacent_other, '{"t":"Newest"}', '{"t":"Unknown"}'],
] as const;
for (const [message, text, expected] of others) {
  check(codec.stringify(message.request(codec.parse(text))), expected);
}
