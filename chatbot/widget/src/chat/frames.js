/* What the server says, one function for each type of frame.
 *
 * Law: a type that is not here is ignored, so that a newer server can say more than this file understands.
 */
import { listeners } from "../page.js";
import { learn, say } from "../words/words.js";
import { onError } from "./errors.js";

export const frames = { welcome, ack, message, state, status, typing, error: onError };

function welcome(chat, frame) {
  const { thread, outbox, view, saved } = chat;
  if (!saved.token && chat.sync()) return chat.link.dial(); // another tab was quicker: one conversation
  adopt(chat, frame);
  restore(chat, frame.messages);
  state(chat, frame, outbox.wantsHuman);
  chat.rated = !!frame.rating;
  chat.reachable = !!frame.reachable;
  if (!thread.last) chat.suggestions = frame.suggestions || [];
  awaitAnswer(chat, "?"); // asked before we came
  view.goLive();
  outbox.markUnsent();
  outbox.flush(chat.link);
  chat.emit("ready", { conversation: frame.conversation, state: chat.state });
}

function adopt(chat, { conversation, token, disclosure, site, words }) {
  const { saved, thread, view } = chat;
  if (saved.conversation !== conversation) {
    thread.restart();
    view.clear();
    saved.read = 0;
  }
  const { name, speaks = "en" } = site || {};
  Object.assign(saved, { conversation, token: token || saved.token, words: words || saved.words, speaks });
  learn(words, speaks);
  view.relabel();
  chat.disclosure = disclosure.text;
  chat.name = name;
}

function restore(chat, messages) {
  const { thread, view, awaiting } = chat;
  awaiting.clear();
  for (const { id } of thread.held.values()) view.removePending(id); // acknowledged beyond a hole: it comes again, and its id does not
  thread.held.clear();
  messages.forEach((each) => thread.hold(each));
  thread.drain((each) => take(chat, each), true);
}

function ack(chat, { id, seq }) {
  const { thread, outbox, view } = chat;
  const item = outbox.find(id);
  if (!item) return;
  outbox.remove(item);
  chat.save();
  if (seq <= thread.last) view.removePending(id);
  arrive(chat, { seq, id, author: "customer", text: item.text });
  awaitAnswer(chat, id);
}

function awaitAnswer(chat, id) {
  if (chat.state === "bot" && chat.spoke === "customer") chat.awaiting.set(id, Date.now());
}

function message(chat, frame) {
  const { author, reply_to } = frame;
  if (author === "bot") ["?", reply_to].forEach((id) => chat.awaiting.delete(id));
  if (author !== "customer") chat.hint = chat.typing = 0;
  arrive(chat, frame);
}

function arrive(chat, message) {
  chat.thread.hold(message);
  chat.thread.drain((each) => take(chat, each));
}

function take(chat, message) {
  message.at = message.at || new Date().toISOString();
  const { author, id, text, name, seq, outcome, needs, suggestions = [] } = message;
  const twin = author === "customer" && !id && chat.outbox.asks.find((item) => item.text === text);
  if (twin) chat.view.removePending(twin.id); // stored, but its ack was lost: not shown twice
  if (author === "agent") regard(chat, name || chat.agent, seq);
  if (author !== "customer" && seq > (chat.saved.read ?? seq)) chat.unread.push(message);
  if (listeners.has(needs)) suggestions.unshift(say("identity"));
  chat.suggestions = suggestions;
  offer(chat, message);
  chat.view.append(message);
  chat.spoke = author;
  chat.spokeAt = Date.now();
  chat.emit("message", { seq, author, outcome });
}

/** One tap to a person: first of all where the message offers one. Numbers to call stay until the bot's next words. */
function offer(chat, { author, outcome, person, parts = [] }) {
  const dials = parts.some(({ calls = [] }) => calls[0]);
  chat.offer = person ? "unshift" : /decline|clarify/.test(outcome) && "push";
  if (dials || author === "bot") chat.dials = dials;
}

function state(chat, frame, wantsHuman = false) {
  const before = chat.state;
  chat.outbox.wantsHuman = wantsHuman;
  note(chat, frame);
  chat.asked = chat.state === "waiting" || (chat.asked && chat.state === "bot" && before === "bot");
  if (chat.state !== "bot") chat.awaiting.clear();
  chat.save();
  if (before === chat.state) return;
  chat.typing = 0;
  chat.emit("state", { state: chat.state });
  chat.view.scrollDown();
}

function note(chat, { state, name, queue, expected, availability, files }) {
  Object.assign(chat, { state, queue, expected, files });
  chat.agent = state === "human" ? name || chat.agent : "";
  chat.availability = availability || chat.availability;
  chat.saved.contact = (availability || {}).contact || chat.saved.contact;
}

function status(chat, { text }) {
  chat.hint = text;
}

function typing(chat) {
  chat.typing = Date.now() + 5000;
  regard(chat, chat.agent, chat.thread.last);
}

/** Who writes here has what was said before on the screen. */
function regard(chat, agent, regarded) {
  Object.assign(chat, { agent, watcher: agent, regarded });
}
