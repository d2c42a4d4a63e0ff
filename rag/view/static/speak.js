// The microphone: what is said is recorded here, written down by the server, and put into the field; nothing is sent.

const MOST_MS = 5 * 60_000; // of one recording
const KINDS = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };

// `write(text)`: puts it into the field. `say(sentence)`: what went wrong, or is going on.
export function microphone({ write, say }) {
  let recorder = null;

  function mark(button, isOn) {
    button.setAttribute("aria-pressed", String(isOn));
    button.ariaLabel = button.title = isOn ? button.dataset.end : button.dataset.begin;
  }

  async function begin(button) {
    say("");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return say(button.dataset.denied);
    }
    const parts = [];
    const kind = Object.keys(KINDS).find((one) => MediaRecorder.isTypeSupported(one));
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    recorder.ondataavailable = ({ data }) => data.size && parts.push(data);
    recorder.onstop = () => {
      clearTimeout(ending);
      recorder = null;
      for (const track of stream.getTracks()) track.stop();
      mark(button, false);
      transcribe(button, new Blob(parts, { type: kind }), KINDS[kind] ?? "webm");
    };
    const ending = setTimeout(() => recorder?.stop(), MOST_MS);
    recorder.onstart = () => mark(button, true); // not before it really records
    recorder.start();
  }

  async function transcribe(button, sound, ending) {
    const body = new FormData();
    body.append("file", sound, `speech.${ending}`);
    button.disabled = true;
    say(button.dataset.writing);
    try {
      const answer = await fetch(new URL("api/v1/files/transcribe", document.baseURI), { method: "POST", body });
      const { data, error } = await answer.json();
      const text = data?.text.trim();
      say(error ? error.message : text ? "" : button.dataset.nothing);
      if (text) write(text);
    } catch {
      say(button.dataset.nothing);
    } finally {
      button.disabled = false;
    }
  }

  return { acts: { speak: (button) => (recorder ? recorder.stop() : begin(button)) } };
}
