/* Builds the two files that are served, v1.js and what it fetches later, more.js: `node build.mjs` writes them,
 * `node build.mjs --check` says whether they are as built.
 *
 * Laws: the same source gives the same bytes on every machine. Both shorten the same names in the same way. A file says which source it is from, so that a test
 * without Node sees when somebody forgot to build. No map of the source is made.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { minify } from "terser";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const SERVED = { "src/main.js": at("../static/handrail/v1.js"), "src/more/main.js": at("../static/handrail/more.js") };
const shortened = {};

/** Of what the file depends on: the source, the tool's version, and how it is asked. */
function digest() {
  const source = readdirSync(at("src"), { recursive: true }).filter((path) => /\.(css|js)$/.test(path));
  const paths = source.map((path) => "src/" + path.replaceAll("\\", "/"));
  const hash = createHash("sha256");
  for (const path of ["build.mjs", "package-lock.json", ...paths].sort()) {
    hash.update(path + "\0").update(readFileSync(at(path))).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Names that stay inside the file, so that they may become short: none is a browser's, a frame's, a page's or kept. */
const INSIDE = new RegExp("^(" + [
  "is(Open|Live|Lost|Away|Busy|Quiet|WithBot|AtBottom|DeskOpen|Overdue|Mailing|Modal)|has(Gap|Focus)",
  "(people|state|outlook)Text|show(Line|Mail)|send(Ask|Human|Typing)|on(Close|Input|Key|Storage|Frame|Step|Leave)",
  "view|chat|link|host|theme|shape|scroll|node|root|input|form|card|saved|store|area|memory|fails|long|short|tab|keep|sync|turnTo|wake|look|save|write|receive",
  "outbox|asks|later|unsent|sentAt|due|failed|flush|markUnsent|thread|held|last|seen|hold|drain|gapSince|restart",
  "dial|dials|up|timer|socket|silence|downSince|heard|hello|tries|wanted|hangUp|redial|clock|tick|goLive|acknowledge|renew|post|drop",
  "humanAt|requestHuman|spoke|spokeAt|hint|notice|notify|trouble|advice|refused|awaiting|asked|rated|ended|agent|regarded|watcher",
  "launcher|bell|header|log|pending|waiting|complaint|away|composer|footer|dialog|outlook|jump|core|kept|fresh|retry|badge|bottom",
  "createParts|addPending|removePending|closeOffers|scrollDown|stickToBottom|toBottom|relabel|paint|narrow|dark|reshape|raise|expand",
  "drafts|unread|mark|who|own|mine|separate|progress|ring|play|audio|dismiss|people|other|leave|stay|why|mail|context|emit|told|texts",
  "stays|mayWrite|greeting|settle|keeper|gone|wire|spare|quiet|fetched|lower|step|stolen|left|fit|fill|submit|pick|press|cancel|begin|withdraw|switch|onStorage|memory|thumbs|lost|line|complain|leavePast",
  "MAX_TEXT|SHAPES|TIME|back|bring|iconButton|isOlder|newId|safeLink|serverAddress|setText|submitButton",
].join("|") + ")$");

/** A style sheet is imported as text, as short as it gets. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function built(entry) {
  const { outputFiles, mangleCache } = await build({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    mangleProps: INSIDE,
    mangleCache: shortened,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    plugins: [styles],
    write: false,
  });
  Object.assign(shortened, mangleCache);
  const { code } = await minify(outputFiles[0].text, { ecma: 2020, compress: { passes: 9, unsafe_arrows: true, keep_fargs: false } });
  return `/* Handrail ${digest()} */\n${code}\n`;
}

for (const [entry, served] of Object.entries(SERVED)) {
  const script = await built(entry);
  if (!process.argv.includes("--check")) writeFileSync(served, script);
  else if (readFileSync(served, "utf8") !== script) {
    console.error(`${served.split("/").pop()} is not what chatbot/widget builds to: make widget`);
    process.exitCode = 1;
  }
}
