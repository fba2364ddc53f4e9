/* What tells of a message that nobody has seen: its number in the page's title, a preview above the launcher, a tone.
 *
 * Laws: the page's title is the page's: only our own mark is put before it and taken away. The preview is a person's
 * words only, and stays away once it was sent away. There is no tone until the customer has asked for it.
 */
import { badge } from "./badge.js";
import { el, iconButton, option, say, setText } from "./kit.js";

export class Bell {
  constructor(view) {
    this.view = view;
    this.mark = "";
    this.who = el("b");
    this.words = el("span", { dir: "auto" });
    this.text = el("button#peek", { onclick: () => view.open() }, this.who, this.words);
    this.node = el("div#preview", { role: "status" }, this.text, iconButton(".icon", "dismiss", () => this.dismiss(), "close"));
    this.toggle = el("button#sound", { onclick: () => this.switch() });
    view.launcher.node.before(this.node);
    view.end.node.after(this.toggle);
  }

  show() {
    const { view } = this;
    const { unread, saved, state } = view.chat;
    if (view.isOpen) this.greeting = undefined;
    const last = this.last = view.isOpen ? undefined : unread.filter(({ author }) => author === "agent").pop() || this.greeting;
    this.node.hidden = !last || last === this.hushed;
    setText(this.who, last && (last.name || say(last.author ? "person" : "title")));
    setText(this.words, last && last.text.slice(0, 120));
    setText(this.toggle, /waiting|human/.test(state) ? say(saved.sound ? "loud" : "mute") : "");
    this.title(unread.length);
  }

  title(n) {
    const { title } = document;
    const bare = this.mark && title.startsWith(this.mark) ? title.slice(this.mark.length) : title;
    this.mark = n ? `(${n}) ` : "";
    if (title !== this.mark + bare) document.title = this.mark + bare;
    if (option["favicon"] && this.shown !== n) badge((this.shown = n));
  }

  dismiss() {
    this.hushed = this.last;
    this.view.show();
    this.view.launcher.focus();
  }

  switch() {
    const { chat } = this.view;
    chat.saved.sound = !chat.saved.sound;
    chat.save();
    if (chat.saved.sound) this.play();
    this.view.show();
  }

  ring({ author }) {
    const { chat, isOpen } = this.view;
    if (author === "agent" && chat.saved.sound && (document.hidden || !isOpen)) this.play();
  }

  play() {
    const audio = (this.audio = this.audio || new AudioContext());
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    volume.gain.value = 0.1;
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.2);
  }

  stop() {
    this.title(0);
  }
}
