// The page of a Fovea server. Whatever comes from a file or a server is set as text, never as markup.

const MOST_CLASSES = 1000;
const SHOWN_CLASSES = 5;
const MODELS_AT_FIRST = 3;
/** The share of pixels below full color: a few pixels are far above all others, and would leave the rest pale. */
const FULL_COLOR = 0.99;
const TOKEN_KEY = 'fovea.token';

const METHODS = {
  'grad-cam': 'Where the last feature map speaks for the class. Coarse, and quick.',
  'hires-cam': 'As Grad-CAM, with each place weighed by its own gradient: exactly what the last layer added up.',
  'integrated-gradients': 'Pixel by pixel, along the way from an even picture of the mean color to this one. Adds up to the score.',
  'smooth-grad': 'Gradients of the pixels, averaged over noisy copies of the picture.',
  'occlusion': 'How far the score falls when a square of the picture is covered. Takes a while.',
};

const $ = id => document.getElementById(id);

/** What the page holds: the picture, the models, and one card for each model asked. */
const state = {
  file: null,
  address: null,
  models: [],
  limit: Infinity,
  cards: new Map(),
  retry: null,
};

/** What went wrong, in words for the reader. */
class Problem extends Error {
  constructor(message, { token = false, again = true } = {}) {
    super(message);
    this.token = token;
    this.again = again;
  }
}

/** An element with properties, and children that are elements or text. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('aria-') || name === 'role') {
      made.setAttribute(name, value);
    } else if (value !== undefined) {
      made[name] = value;
    }
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

/** Tells those who listen to the page; the last few messages stay. */
function speak(text) {
  $('spoken').append(element('p', {}, text));
  while ($('spoken').childElementCount > 8) {
    $('spoken').firstElementChild.remove();
  }
}

function percent(p) {
  if (p > 0 && p < 0.001) {
    return '< 0.1%';
  }
  return `${p < 1 && p >= 0.9995 ? '> 99.9' : (100 * p).toFixed(1)}%`;
}

function size(bytes) {
  return bytes < 1000 ? `${bytes}\u00a0B`
    : bytes < 1e6 ? `${Math.round(bytes / 1e3)}\u00a0KB`
    : `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
}

function duration(milliseconds) {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms`
    : milliseconds < 1000 ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

// Asking the server

function token() {
  try {
    return sessionStorage.getItem(TOKEN_KEY);
  } catch {
    return null; // storage may be forbidden
  }
}

async function ask(path, options = {}) {
  const headers = { Accept: 'application/json', ...options.headers };
  if (token()) {
    headers.Authorization = `Bearer ${token()}`;
  }
  let answer;
  try {
    answer = await fetch(new URL(path, document.baseURI), { ...options, headers, cache: 'no-store', credentials: 'same-origin' });
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new Problem(navigator.onLine === false
      ? 'This device is offline.'
      : 'The server does not answer. Is it still running?');
  }
  let body = null;
  try {
    body = await answer.json();
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
  }
  if (!answer.ok) {
    throw problem(answer, typeof body?.error === 'string' ? body.error : '');
  }
  if (body === null) {
    throw new Problem('The answer is not what a Fovea server sends. Is there a proxy in between?');
  }
  return body;
}

function problem(answer, said) {
  const seconds = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10);
  switch (answer.status) {
    case 401:
    case 403:
      return new Problem(token() ? 'The server does not accept this token.' : 'This server asks for an access token.', { token: true });
    case 413:
      return new Problem(said ? `The picture is too large: ${said}` : 'The picture is too large for this server.', { again: false });
    case 429:
    case 503:
      return new Problem(seconds > 0 ? `The server is busy. Try again in ${seconds} s.` : 'The server is busy. Try again.');
    case 504:
      return new Problem('The answer took longer than the server allows. Try again.');
    default:
      if (answer.status >= 500) {
        return new Problem(said ? `The server failed: ${said}` : `The server failed (${answer.status}).`);
      }
      return new Problem(said || `The server refused the request (${answer.status}).`, { again: false });
  }
}

function post(path, parameters, signal) {
  return ask(`${path}?${new URLSearchParams(parameters)}`, {
    method: 'POST',
    body: state.file,
    headers: { 'Content-Type': state.file.type.startsWith('image/') ? state.file.type : 'application/octet-stream' },
    signal,
  });
}

// Messages

function notice(into, problem, again) {
  const parts = [element('p', {}, problem.message)];
  if (problem.token) {
    parts.push(element('button', { type: 'button', onclick: () => openAccess(problem.message, again) }, 'Enter the token'));
  } else if (again && problem.again) {
    parts.push(element('button', { type: 'button', onclick: again }, 'Try again'));
  }
  into.replaceChildren(...parts);
  into.hidden = false;
}

function say(problem, again) {
  notice($('notice'), problem, again);
}

function hush() {
  $('notice').hidden = true;
  $('notice').replaceChildren();
}

// The token

function openAccess(why, again) {
  state.retry = again ?? null;
  $('access-why').textContent = why;
  $('access-open').hidden = false;
  $('access-forget').hidden = !token();
  $('token').value = '';
  if (!$('access').open) {
    $('access').showModal();
  }
  $('token').focus();
}

function keepToken(value) {
  try {
    if (value) {
      sessionStorage.setItem(TOKEN_KEY, value);
    } else {
      sessionStorage.removeItem(TOKEN_KEY);
    }
  } catch {
    say(new Problem('This browser keeps no session storage, so that the token cannot be used.', { again: false }));
  }
}

function setUpAccess() {
  $('access-open').hidden = !token();
  $('access-open').onclick = () => openAccess('The token that this server asks for.', refresh);
  $('access-cancel').onclick = () => $('access').close();
  $('access-forget').onclick = () => {
    keepToken('');
    $('access').close();
    refresh();
  };
  $('access-form').onsubmit = event => {
    event.preventDefault();
    keepToken($('token').value.trim());
    $('token').value = '';
    $('access').close();
    const retry = state.retry ?? refresh;
    state.retry = null;
    retry();
  };
}

// The models

async function refresh() {
  hush();
  try {
    const [server, listed] = await Promise.all([ask('v2'), ask('v2/models')]);
    state.limit = Number(server.limits?.body_bytes) > 0 ? Number(server.limits.body_bytes) : Infinity;
    state.models = Array.isArray(listed.models) ? listed.models : [];
    showModels();
    if (state.file) {
      askAll();
    }
  } catch (e) {
    $('models-note')?.replaceChildren('The models are not known yet.');
    if (e.token) {
      openAccess(e.message, refresh);
    }
    say(e, refresh);
  }
}

function showModels() {
  const before = new Set(chosen());
  const ready = state.models.filter(model => model.ready !== false);
  const atFirst = new Set(ready.slice(0, ready.length > MODELS_AT_FIRST ? 1 : MODELS_AT_FIRST).map(model => model.name));
  $('models').replaceChildren(...state.models.map(model => {
    const box = element('input', {
      type: 'checkbox', name: 'model', value: model.name, disabled: model.ready === false,
      checked: model.ready !== false && (before.size ? before.has(model.name) : atFirst.has(model.name)),
      onchange: () => chooseModel(model.name, box.checked),
    });
    const detail = model.ready === false ? 'not ready' : model.network && model.network !== model.name ? model.network : '';
    return element('label', { className: 'chip' }, box,
      element('span', {}, model.name, detail ? element('small', {}, ` ${detail}`) : null));
  }));
  if (state.models.length === 0) {
    $('models').replaceChildren(element('p', { className: 'soft', id: 'models-note' }, 'This server has no models.'));
  }
}

function chosen() {
  return [...document.querySelectorAll('input[name="model"]:checked')].map(box => box.value);
}

function chooseModel(name, on) {
  if (!state.file) {
    return;
  }
  if (on) {
    arrange();
    classify(state.cards.get(name));
  } else {
    state.cards.get(name)?.abort();
    arrange();
  }
}

// The picture

function take(files, more = '') {
  const file = files[0];
  if (!file) {
    return;
  }
  hush();
  if (file.size > state.limit) {
    say(new Problem(`${file.name || 'The picture'} has ${size(file.size)}, and this server takes ${size(state.limit)} at most. Pictures are sent as they are, so choose a smaller one.`, { again: false }));
    return;
  }
  if (file.size === 0) {
    say(new Problem(`${file.name || 'The file'} is empty.`, { again: false }));
    return;
  }
  state.file = file;
  document.body.classList.remove('empty');
  showPicture(file, more);
  for (const card of state.cards.values()) {
    card.abort();
  }
  state.cards.clear();
  $('answers').replaceChildren();
  askAll();
}

function showPicture(file, more) {
  if (state.address) {
    URL.revokeObjectURL(state.address);
  }
  state.address = URL.createObjectURL(file);
  const preview = $('preview');
  const facts = [file.name, size(file.size)].filter(Boolean);
  $('facts').textContent = facts.join(' · ') + more;
  $('no-preview').hidden = true;
  preview.onload = () => {
    preview.hidden = false;
    preview.classList.toggle('tiny', Math.max(preview.naturalWidth, preview.naturalHeight) < 100);
    $('facts').textContent = [facts[0], `${preview.naturalWidth}\u00a0×\u00a0${preview.naturalHeight}`, ...facts.slice(1)].join(' · ') + more;
  };
  preview.onerror = () => {
    preview.hidden = true;
    $('no-preview').hidden = false;
  };
  preview.src = state.address;
}

function takeAll(files) {
  const pictures = [...files];
  take(pictures, pictures.length > 1 ? ` · the first of ${pictures.length}` : '');
}

function setUpSources() {
  for (const id of ['file', 'capture']) {
    $(id).onchange = event => {
      takeAll(event.target.files);
      event.target.value = ''; // so that the same file may be chosen again
    };
  }
  $('zone').onclick = () => $('file').click();
  const touch = matchMedia('(pointer: coarse)').matches;
  $('capture').hidden = $('capture-label').hidden = !touch;
  $('camera').hidden = !(isSecureContext && navigator.mediaDevices?.getUserMedia) || touch;
  $('camera').onclick = openCamera;
  $('paste').hidden = !(isSecureContext && navigator.clipboard?.read);
  $('paste').onclick = readClipboard;
  document.addEventListener('paste', event => {
    if (event.target.closest?.('input, dialog')) {
      return;
    }
    event.preventDefault();
    const files = [...event.clipboardData.files];
    if (files.length) {
      takeAll(files);
    } else {
      say(new Problem('The clipboard holds no picture. Copy the picture itself rather than its address.', { again: false }));
    }
  });
  setUpDrop();
}

async function readClipboard() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find(t => t.startsWith('image/'));
      if (type) {
        const blob = await item.getType(type);
        take([new File([blob], 'pasted picture', { type })]);
        return;
      }
    }
    say(new Problem('The clipboard holds no picture.', { again: false }));
  } catch {
    say(new Problem('The browser gives no access to the clipboard. Press Ctrl+V (⌘V) instead.', { again: false }));
  }
}

function setUpDrop() {
  let depth = 0;
  const files = event => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const show = on => { $('drop').hidden = !on; };
  addEventListener('dragenter', event => {
    if (files(event)) {
      depth++;
      show(true);
    }
  });
  addEventListener('dragleave', event => {
    if (files(event)) {
      depth = Math.max(0, depth - 1);
      show(depth > 0);
    }
  });
  addEventListener('dragover', event => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('drop', event => {
    event.preventDefault();
    depth = 0;
    show(false);
    if (event.dataTransfer.files.length) {
      takeAll(event.dataTransfer.files);
    } else {
      say(new Problem('That was no file. Save the picture first, or copy and paste it.', { again: false }));
    }
  });
}

// The camera

let stream = null;

async function openCamera() {
  $('camera-note').textContent = 'Waiting for the camera …';
  $('shutter').disabled = true;
  $('camera-dialog').showModal();
  try {
    const video = { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1440 } };
    const opened = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    if (!$('camera-dialog').open) {
      opened.getTracks().forEach(track => track.stop());
      return;
    }
    stream = opened;
    $('video').srcObject = stream;
    await $('video').play();
    $('camera-note').textContent = '';
    $('shutter').disabled = false;
    $('shutter').focus();
  } catch (e) {
    $('camera-note').textContent = e.name === 'NotAllowedError' ? 'The browser was not allowed to use the camera.'
      : e.name === 'NotFoundError' ? 'There is no camera.'
      : `The camera does not start: ${e.message}`;
  }
}

function setUpCamera() {
  $('camera-cancel').onclick = () => $('camera-dialog').close();
  $('camera-dialog').onclose = () => {
    stream?.getTracks().forEach(track => track.stop());
    stream = null;
    $('video').srcObject = null;
  };
  $('shutter').onclick = () => {
    const video = $('video');
    const canvas = element('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d').drawImage(video, 0, 0);
    canvas.toBlob(blob => {
      $('camera-dialog').close();
      take([new File([blob], 'picture of the camera', { type: 'image/jpeg' })]);
    }, 'image/jpeg', 0.95);
  };
}

// Cards: what one model says of the picture

class Card {
  constructor(model) {
    this.model = model;
    this.root = element('article', { className: 'card', 'aria-label': model });
    this.meta = element('p', { className: 'meta' });
    this.header = element('header', {}, element('h2', {}, model), this.meta);
    this.predictions = [];
    this.all = false;
    this.asked = null;
    this.versus = null;
    this.explanation = null;
    this.why = null;
    this.calls = {};
  }

  /** Ends the request of that kind that is on its way, and begins another. */
  begin(kind) {
    this.calls[kind]?.abort();
    this.calls[kind] = new AbortController();
    return this.calls[kind].signal;
  }

  abort() {
    Object.values(this.calls).forEach(call => call.abort());
  }
}

/** Makes the cards those of the models chosen, in their order. */
function arrange() {
  const names = chosen();
  for (const name of [...state.cards.keys()]) {
    if (!names.includes(name)) {
      state.cards.delete(name);
    }
  }
  for (const name of names) {
    if (!state.cards.has(name)) {
      state.cards.set(name, new Card(name));
    }
  }
  $('answers').replaceChildren(...names.map(name => state.cards.get(name).root));
  $('answers').classList.toggle('single', names.length === 1);
  $('controls').hidden = names.length === 0;
  if (names.length === 0 && state.models.length) {
    $('answers').replaceChildren(element('p', { className: 'soft' }, 'Choose a model.'));
  }
}

function askAll() {
  arrange();
  for (const card of state.cards.values()) {
    classify(card);
  }
}

async function classify(card) {
  const signal = card.begin('classify');
  card.calls.explain?.abort();
  card.explanation = null;
  card.root.setAttribute('aria-busy', 'true');
  card.meta.textContent = 'reading the picture …';
  card.why = null;
  card.root.replaceChildren(card.header,
    element('div', { className: 'ghost', 'aria-hidden': 'true' }, ...[1, 2, 3, 4].map(() => element('i'))));
  const start = performance.now();
  try {
    const answer = await post('v1/classify', { model: card.model, top: MOST_CLASSES }, signal);
    const first = answer.models?.[0];
    if (!first?.predictions?.length) {
      throw new Problem('The answer holds no classes.');
    }
    card.predictions = first.predictions;
    card.network = first.network ?? '';
    card.asked = first.predictions[0].index;
    card.versus = null;
    card.all = false;
    const total = performance.now() - start;
    card.meta.textContent = [
      card.network !== card.model ? card.network : '',
      `${duration(Number(first.milliseconds) || 0)} on the server, ${duration(total)} in all`,
    ].filter(Boolean).join(' · ');
    showAnswer(card);
    speak(`${card.model}: ${nameOf(first.predictions[0])}, ${percent(first.predictions[0].probability)}`);
    explain(card);
  } catch (e) {
    if (e.name !== 'AbortError') {
      failed(card, e);
    }
  } finally {
    if (!signal.aborted) {
      card.root.removeAttribute('aria-busy');
    }
  }
}

function failed(card, e) {
  card.meta.textContent = '';
  const box = element('div', { className: 'notice', role: 'alert' });
  notice(box, e instanceof Problem ? e : new Problem(`The page failed: ${e.message}`), () => e.token ? refresh() : classify(card));
  card.root.replaceChildren(card.header, box);
  if (e.token) {
    openAccess(e.message, refresh);
  }
}

function nameOf(prediction) {
  return prediction.class || `class ${prediction.index}`;
}

function showAnswer(card) {
  const first = card.predictions[0];
  card.list = element('ol', { className: 'bars', 'aria-label': 'Classes; choose one to ask why' });
  card.more = element('button', {
    type: 'button', className: 'quiet more',
    onclick: () => {
      card.all = !card.all;
      showBars(card);
    },
  });
  showBars(card);
  card.root.replaceChildren(card.header,
    element('p', { className: 'top1' }, element('span', { className: 'name' }, nameOf(first)),
      element('span', { className: 'percent' }, percent(first.probability))),
    element('div', { className: 'classes' }, card.list, card.more));
  showWhy(card);
}

function showBars(card) {
  const rows = card.all ? card.predictions : card.predictions.slice(0, SHOWN_CLASSES);
  const hidden = card.predictions.length - SHOWN_CLASSES;
  card.list.classList.toggle('long', card.all && hidden > 8);
  card.list.replaceChildren(...rows.map(prediction => {
    const fill = element('i');
    fill.style.width = `${100 * prediction.probability}%`;
    const button = element('button', {
      type: 'button', 'aria-pressed': 'false', title: 'Why this class?',
      onclick: () => {
        card.asked = prediction.index;
        if (card.versus === prediction.index) {
          card.versus = null;
        }
        $('heat-on').checked = true;
        switchHeat();
        mark(card);
        explain(card);
      },
    }, element('span', { className: 'label' }, nameOf(prediction)),
      element('span', { className: 'percent' }, percent(prediction.probability)),
      element('span', { className: 'bar', 'aria-hidden': 'true' }, fill));
    button.dataset.index = prediction.index;
    return element('li', {}, button);
  }));
  card.more.hidden = hidden <= 0;
  card.more.textContent = card.all ? 'Show fewer' : `Show ${hidden} more`;
  card.more.setAttribute('aria-expanded', String(card.all));
  mark(card);
}

function mark(card) {
  for (const button of card.list.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String($('heat-on').checked && Number(button.dataset.index) === card.asked));
  }
  if (card.why) {
    card.why.selects[0].value = card.asked;
    card.why.selects[1].value = card.versus ?? '';
    for (const option of card.why.selects[1].options) {
      option.disabled = option.value === String(card.asked);
    }
  }
}

// Why: the heat map

function showWhy(card) {
  const image = element('img', { alt: `What ${card.model} saw`, hidden: true });
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const text = element('p', { className: 'state' }, 'Looking for the reasons …');
  const frame = element('div', { className: 'seen' }, image, canvas, text);
  const choices = none => [
    ...(none ? [element('option', { value: '' }, none)] : []),
    ...card.predictions.map(p => element('option', { value: p.index }, nameOf(p))),
  ];
  const id = `why-${[...state.cards.keys()].indexOf(card.model)}-${Date.now().toString(36)}`;
  const selects = [
    element('select', { id: `${id}-a`, onchange: event => choose(Number(event.target.value), card.versus) }, ...choices(null)),
    element('select', { id: `${id}-b`, onchange: event => choose(card.asked, event.target.value === '' ? null : Number(event.target.value)) }, ...choices('anything else')),
  ];
  const choose = (asked, versus) => {
    card.asked = asked;
    card.versus = versus === asked ? null : versus;
    mark(card);
    explain(card);
  };
  const remark = element('p', { className: 'remark' });
  const box = element('div', { className: 'notice', role: 'alert', hidden: true });
  const root = element('section', { className: 'why', 'aria-label': `Why, by ${card.model}` },
    frame,
    element('div', { className: 'question' },
      element('label', { htmlFor: selects[0].id }, 'Why'), selects[0],
      element('label', { htmlFor: selects[1].id }, 'and not'), selects[1]),
    remark, box);
  card.why = { root, frame, image, canvas, text, selects, remark, box };
  root.hidden = !$('heat-on').checked;
  card.root.append(root);
  mark(card);
}

/** A name goes before an index, since names may be numbers; an index where several classes share a name. */
function askedAs(card, index) {
  const name = card.predictions.find(p => p.index === index)?.class;
  return name && card.predictions.filter(p => p.class === name).length === 1 ? name : index;
}

async function explain(card) {
  if (!$('heat-on').checked || !card.why || !state.file) {
    return;
  }
  const why = card.why;
  const signal = card.begin('explain');
  const method = $('method').value;
  why.root.setAttribute('aria-busy', 'true');
  why.box.hidden = true;
  if (card.explanation) {
    why.text.className = 'wait';
  }
  why.text.textContent = 'Looking for the reasons …';
  why.text.hidden = false;
  try {
    const parameters = { model: card.model, method, class: askedAs(card, card.asked) };
    if (card.versus !== null) {
      parameters.versus = askedAs(card, card.versus);
    }
    const answer = await post('v1/explain', parameters, signal);
    if (answer.index !== card.asked) {
      throw new Problem(`The server explained the class ${answer.class} (${answer.index}) in its place.`, { again: false });
    }
    card.explanation = answer;
    showExplanation(card);
  } catch (e) {
    if (e.name !== 'AbortError') {
      why.text.hidden = card.explanation !== null;
      why.text.textContent = 'No heat map.';
      notice(why.box, e instanceof Problem ? e : new Problem(`The page failed: ${e.message}`), () => e.token ? refresh() : explain(card));
    }
  } finally {
    if (!signal.aborted) {
      why.root.removeAttribute('aria-busy');
    }
  }
}

function showExplanation(card) {
  const { why, explanation } = card;
  why.image.onload = () => {
    why.image.classList.toggle('tiny', why.image.naturalWidth < 100);
    why.frame.style.aspectRatio = `${why.image.naturalWidth} / ${why.image.naturalHeight}`;
    why.image.hidden = false;
    why.text.hidden = true;
    paint(why.canvas, explanation.map, why.image.naturalWidth);
  };
  why.image.src = `data:image/png;base64,${explanation.seen}`;
  fade(card);
  const parts = [];
  if (explanation.remark) {
    parts.push(explanation.remark);
  }
  if (Number.isFinite(explanation.completeness_error)) {
    parts.push(`Adds up to the score but for ${Math.abs(explanation.completeness_error).toPrecision(2)} (completeness error).`);
  }
  parts.push([explanation.layer ? `Layer ${explanation.layer}` : '', duration(Number(explanation.milliseconds) || 0)].filter(Boolean).join(', ') + '.');
  why.remark.textContent = parts.join(' ');
  const asked = card.predictions.find(p => p.index === card.asked);
  why.canvas.setAttribute('aria-label', 'heat map');
  speak(`Heat map of ${card.model} for ${asked ? nameOf(asked) : 'the class'}. ${explanation.remark ?? ''}`);
}

/**
 * Draws signed values: red and yellow where they speak for the class, blue where against, nothing at zero. A map of
 * places is smooth; one with a value for each pixel shows its pixels.
 */
function paint(canvas, { height, width, values }, pixelsAcross) {
  const places = width < pixelsAcross;
  const magnitudes = Float64Array.from(values, Math.abs).sort();
  const most = magnitudes[Math.ceil((places ? 1 : FULL_COLOR) * magnitudes.length) - 1];
  const scale = places ? Math.max(1, Math.round(384 / Math.max(width, height))) : 1;
  canvas.classList.toggle('tiny', !places);
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(canvas.width, canvas.height);
  for (let y = 0, at = 0; y < canvas.height; y++) {
    const [top, bottom, down] = between((y + 0.5) / scale - 0.5, height);
    for (let x = 0; x < canvas.width; x++, at += 4) {
      const [left, right, along] = between((x + 0.5) / scale - 0.5, width);
      const upper = values[top * width + left] * (1 - along) + values[top * width + right] * along;
      const lower = values[bottom * width + left] * (1 - along) + values[bottom * width + right] * along;
      color(pixels.data, at, most > 0 ? (upper * (1 - down) + lower * down) / most : 0);
    }
  }
  context.putImageData(pixels, 0, 0);
}

/** The two neighbors of a place between pixels, and how near it is to the second. */
function between(place, length) {
  const first = Math.min(Math.max(Math.floor(place), 0), length - 1);
  const second = Math.min(first + 1, length - 1);
  return [first, second, Math.min(Math.max(place - first, 0), 1)];
}

const HOT = [[255, 224, 102], [255, 150, 20], [216, 30, 5]];
const COLD = [[150, 205, 255], [60, 130, 240], [35, 60, 200]];

function color(data, at, value) {
  const strength = Math.min(Math.abs(value), 1);
  const ramp = value < 0 ? COLD : HOT;
  const place = strength * 2;
  const step = Math.min(Math.floor(place), 1);
  for (let c = 0; c < 3; c++) {
    data[at + c] = ramp[step][c] + (ramp[step + 1][c] - ramp[step][c]) * (place - step);
  }
  data[at + 3] = 255 * Math.min(1, strength * 1.6);
}

function fade(card) {
  if (card.why) {
    card.why.canvas.style.opacity = $('strength').value / 100;
  }
}

function switchHeat() {
  const on = $('heat-on').checked;
  $('method').disabled = $('strength').disabled = !on;
  $('legend').hidden = $('method-note').hidden = !on;
  $('answers').classList.toggle('unexplained', !on);
  for (const card of state.cards.values()) {
    if (!card.why) {
      continue;
    }
    card.why.root.hidden = !on;
    mark(card);
    if (on && !card.explanation && !card.why.root.hasAttribute('aria-busy')) {
      explain(card);
    }
    if (!on) {
      card.calls.explain?.abort();
      card.why.root.removeAttribute('aria-busy');
    }
  }
}

function setUpControls() {
  const describe = () => { $('method-note').textContent = METHODS[$('method').value]; };
  describe();
  $('heat-on').onchange = switchHeat;
  $('strength').oninput = () => state.cards.forEach(fade);
  $('method').onchange = () => {
    describe();
    state.cards.forEach(card => explain(card));
  };
}

setUpAccess();
setUpSources();
setUpCamera();
setUpControls();
refresh();
