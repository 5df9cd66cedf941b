/* The sound of a new message: two short notes, made here. Imported when the first is wanted. */
const NOTES_HZ = [659.3, 880];
const NOTE_S = 0.11;
const LOUDNESS = 0.09;
/* A burst of messages is one sound. */
const REST_S = 0.8;

let context: AudioContext | null = null;
let silentUntil = 0;

function note(audio: AudioContext, hz: number, at: number): void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 2 * NOTE_S);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 2 * NOTE_S);
}

/** Nothing where the browser wants a click or a key first, or has no sound. */
export async function chime(): Promise<void> {
  if (!navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  if (context.state !== 'running') await context.resume();
  const now = context.currentTime;
  if (now < silentUntil) return;
  silentUntil = now + REST_S;
  NOTES_HZ.forEach((hz, index) => note(context!, hz, now + index * NOTE_S));
}
