// Reads every value with the decoder of its message, and writes it again.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const samples = JSON.parse(readFileSync(join(folder, "samples.json"), "utf8"));
const results = {};
for (const [key, texts] of Object.entries(samples)) {
  const [contract, method, role] = key.split(" ");
  const { codec, messages } = await import(join(folder, "out", contract, "index.js"));
  results[key] = texts.map((text) => {
    try {
      return codec.stringify(messages[method][role](codec.parse(text)));
    } catch (error) {
      return `${error}`;
    }
  });
}
writeFileSync(join(folder, "results.json"), JSON.stringify(results));
