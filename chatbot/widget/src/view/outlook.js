/* Whether people are here, when they are back, and how long it takes.
 *
 * Law: only what the server says now; without a connection nothing is claimed.
 */
import { moment, say } from "../words/words.js";

export function people(chat) {
  const { isDeskOpen } = chat;
  if (isDeskOpen === false) return say("nobody") + " " + back(chat);
  if (!isDeskOpen) return "";
  const { until } = chat.availability;
  return until ? say("until", { time: moment(until) }) : say("here");
}

export function back({ availability: { next } }) {
  return next ? say("next", { time: moment(next) }) : "";
}

export function wait({ link }, expected) {
  if (!link.up || !expected) return "";
  const { ahead } = expected;
  const text = estimate(expected);
  return (ahead ? " " + say("ahead", { n: ahead }) : "") + (text && " " + text);
}

function estimate({ estimate_s: seconds, longer }) {
  if (longer) return say("longer");
  return seconds ? say(seconds < 60 ? "soon" : "expect", { n: Math.ceil(seconds / 60) }) : "";
}
