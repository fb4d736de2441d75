// Reads every value with the decoder of its method, and writes it again.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const { codec, messages } = await import(join(folder, "out/index.js"));

const samples = JSON.parse(readFileSync(join(folder, "samples.json"), "utf8"));
const results = {};
for (const [method, texts] of Object.entries(samples)) {
  results[method] = texts.map((text) => {
    try {
      return codec.stringify(messages[method].request(codec.parse(text)));
    } catch (error) {
      return `${error}`;
    }
  });
}
writeFileSync(join(folder, "results.json"), JSON.stringify(results));
