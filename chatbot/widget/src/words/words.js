/* Saying things: a page's own words, then its site's, then those that came with the file; dates and times as those
 * words' language writes them.
 *
 * Laws: no sentence a customer reads stands in this source. `__WORDS__` are the server's (`conversations/wording`), put
 * in as each file is served: where the address names a site, its words and what is known of it; else those that may be
 * read before there is a connection, and the others come with the first frame, and are kept. Words travel once: by
 * their "version" the server knows which are here. What only the second file says comes with it, in every language.
 * A sentence is in one language: a page's language that nobody has words in changes nothing but what the server is
 * told. No tag is trusted: one that `Intl` refuses is passed over.
 */
/* global __WORDS__ */
import { option } from "../snippet.js";

export const TIME = { hour: "numeric", minute: "2-digit" };
const DAY = { weekday: "long" };
const DATE = { ...DAY, day: "numeric", month: "long" };

const [OURS, SITE = {}] = [__WORDS__];

/** What the server put in about the site that the script's address names. */
export const site = SITE;

/** The language of the page or of the browser: told to the server. */
export let locale;
/** The language of what is said, with the region of the page or the browser where it is the same. */
export let voice;
let own = {};
let sites = {};
let siteSpeaks = site.speaks;
let later = {};

function tag(text) {
  try {
    return Intl.getCanonicalLocales(String(text).replace(/_/g, "-").replace(/[.@].*/, ""))[0];
  } catch {
    return undefined;
  }
}

const language = (text) => text.split("-")[0];

function settle(pageSpeaks) {
  const speaks = pageSpeaks || tag(siteSpeaks) || "en";
  const near = [locale, tag(navigator.language)].filter((each) => each && language(each) === language(speaks));
  voice = near.sort((one, other) => other.length - one.length)[0] || speaks;
}

/** What the second file says, by language; nothing of it before it is known which one the site speaks. */
export const bring = (words) => (later = words);

/** What the site says in its own way, and in which language: as it said last, until it says otherwise. */
export function learn(words = sites, speaks = siteSpeaks) {
  siteSpeaks = speaks;
  sites = words;
  settle(own.speaks);
}

export function use(wanted, words) {
  locale = [wanted, document.documentElement.lang, navigator.language].map(tag).find(Boolean) || "en";
  own = { ...(option.label && { launch: option.label }), ...words, speaks: words && tag(wanted) };
  settle(own.speaks);
}
use(option.locale);

export const direction = () => (/^(ar|dv|fa|he|ps|ur|yi)\b/.test(voice) ? "rtl" : "ltr");

/** What is put into a sentence keeps its own direction, and leaves the sentence's alone. */
const apart = (value) => (/[^ -~]/.test(value) ? `\u2068${value}\u2069` : value);

export const say = (key, values = {}) =>
  (own[key] || sites[key] || OURS[key] || (later[siteSpeaks] || {})[key] || "").replace(/\{(\w+)\}/g, (_, name) => apart(values[name]));

/** Nothing for what is no date. */
export const date = (value, format) => (Date.parse(value) ? new Intl.DateTimeFormat(voice, format).format(new Date(value)) : "");

/** The beginning of a day of the customer's calendar, in days. */
const midnight = (value) => new Date(value).setHours(0, 0, 0, 0) / 864e5;

/** "18:00", "Monday 09:00" when not today, with the date beyond six days; what is no date passes unchanged. */
export function moment(value) {
  const away = Math.round(midnight(value) - midnight(Date.now()));
  return date(value, away ? { ...TIME, ...(away > 6 ? DATE : DAY) } : TIME) || value;
}

/** A day with its date; with its year where that is another one. */
export const day = (value) => date(value, { ...DATE, ...(new Date(value).getFullYear() < new Date().getFullYear() && { year: "numeric" }) });
