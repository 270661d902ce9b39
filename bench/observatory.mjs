// Score captured responses by the rules of the MDN HTTP Observatory, without a network.
// Reads JSON from standard input: a list of {name, url, cookies, http, https, cors}, where each of the last three is
// {url, status, headers: [[name, value], ...], body}. Writes a list of {name, score, results}.

import fs from "node:fs";
import { ALL_TESTS } from "@mdn/mdn-http-observatory/src/constants.js";
import { MINIMUM_SCORE_FOR_EXTRA_CREDIT } from "@mdn/mdn-http-observatory/src/grader/charts.js";
import { getScoreModifier } from "@mdn/mdn-http-observatory/src/grader/grader.js";
import { parseHttpEquivHeaders } from "@mdn/mdn-http-observatory/src/retriever/utils.js";
import { Requests } from "@mdn/mdn-http-observatory/src/types.js";
import { AxiosHeaders } from "axios";
import { CookieJar } from "tough-cookie";

// The list of preloaded hosts is fetched when the package is installed; ours is not among them.
const preloaded = new URL("node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json", import.meta.url);
if (!fs.existsSync(preloaded)) fs.writeFileSync(preloaded, "{}");

function responseOf({ status, headers }) {
  const byName = {};
  for (const [name, value] of headers) (byName[name.toLowerCase()] ??= []).push(value);
  return { status, headers: new AxiosHeaders(byName), verified: true };
}

function score({ name, url, cookies, http, https, cors }) {
  const requests = new Requests(new URL(url).hostname);
  const jar = new CookieJar();
  const set = https.headers.filter(([header]) => header.toLowerCase() === "set-cookie").map(([, value]) => value);
  for (const cookie of [...cookies, ...set]) jar.setCookieSync(cookie, url);
  const route = [http, https].map((each) => ({ url: new URL(each.url), status: each.status }));
  requests.session = { url: new URL(url), jar };
  requests.resources.path = https.body;
  requests.responses.auto = responseOf(https);
  requests.responses.auto.httpEquiv = parseHttpEquivHeaders(https.body, url);
  requests.responses.https = requests.responses.auto;
  requests.responses.http = responseOf(http);
  requests.responses.cors = { ...responseOf(cors), request: { headers: { origin: "https://elsewhere.example" } } };
  requests.responses.httpRedirects = requests.responses.httpsRedirects = route;

  const results = ALL_TESTS.map((test) => test(requests));
  const modifiers = results.map((result) => getScoreModifier(result.result));
  const faults = modifiers.filter((modifier) => modifier < 0);
  const uncurved = 100 + faults.reduce((sum, modifier) => sum + modifier, 0);
  const withCredit = 100 + modifiers.reduce((sum, modifier) => sum + modifier, 0);
  return {
    name,
    score: uncurved >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? withCredit : uncurved,
    results: results.map((result, i) => [result.constructor.name, result.result, modifiers[i]]),
  };
}

console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(score)));
