// openapi.json, to be read by people. All of it is set as text.

const VERBS = ['get', 'post'];
const DEEPEST = 6;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

/** A text in which `words` are code. */
function prose(text, tag = 'p', className = '') {
  const made = element(tag, { className });
  text.split('`').forEach((part, i) => made.append(i % 2 ? element('code', {}, part) : part));
  return made;
}

let api = null;

function resolve(thing) {
  if (!thing?.$ref) {
    return thing;
  }
  return thing.$ref.split('/').slice(1).reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], api);
}

function typeOf(schema) {
  const name = schema.$ref?.split('/').pop();
  const real = resolve(schema);
  if (real.enum) {
    return real.enum.join(' | ');
  }
  if (real.type === 'array') {
    return `array of ${typeOf(real.items)}`;
  }
  return real.format === 'binary' ? 'bytes'
    : real.contentMediaType ? `${real.contentMediaType} in ${real.contentEncoding}`
    : name && real.type === 'object' ? name
    : real.type ?? 'any value';
}

function fields(schema, depth = 0) {
  let real = resolve(schema);
  while (real.type === 'array') {
    real = resolve(real.items);
  }
  if (!real.properties || depth > DEEPEST) {
    return null;
  }
  const list = element('ul', { className: 'schema' });
  for (const [name, property] of Object.entries(real.properties)) {
    const needed = real.required?.includes(name) ? '' : ', optional';
    const item = element('li', {}, element('code', {}, name), ' ', element('span', { className: 'type' }, typeOf(property) + needed));
    const described = resolve(property).description;
    if (described) {
      item.append(' · ', prose(described, 'span'));
    }
    const inner = fields(property, depth + 1);
    if (inner) {
      item.append(inner);
    }
    list.append(item);
  }
  return list;
}

function parameters(list) {
  const rows = list.map(resolve).map(p => element('tr', {},
    element('td', {}, element('code', {}, p.name)),
    element('td', {}, p.in),
    element('td', {}, typeOf(p.schema) + (p.required ? '' : ', optional')),
    prose((p.description ?? '') + (p.schema.default === undefined ? '' : ` Default: ${p.schema.default}.`), 'td')));
  return element('div', { className: 'wide' }, element('table', {},
    element('thead', {}, element('tr', {}, ...['Name', 'In', 'Type', 'Meaning'].map(t => element('th', { scope: 'col' }, t)))),
    element('tbody', {}, ...rows)));
}

function content(media) {
  const parts = [];
  for (const [type, { schema, example }] of Object.entries(media ?? {})) {
    parts.push(element('p', { className: 'soft' }, element('code', {}, type), ` ${typeOf(schema)}`));
    const inner = fields(schema);
    if (inner) {
      parts.push(inner);
    }
    if (example !== undefined) {
      parts.push(element('pre', { tabIndex: 0 }, JSON.stringify(example, null, 2)));
    }
  }
  return parts;
}

function curl(verb, path, operation, list) {
  const needed = list.map(resolve).filter(p => p.in === 'path');
  const address = needed.reduce((at, p) => at.replace(`{${p.name}}`, p.name.toUpperCase()), new URL('.', location.href).href.replace(/\/$/, '') + path);
  const body = operation.requestBody?.content ?? {};
  const more = body['application/octet-stream'] && !body['application/json'] ? ' --data-binary @picture.jpg'
    : body['application/json'] ? ` -d '${JSON.stringify(body['application/json'].example ?? {})}'` : '';
  return `curl${verb === 'post' && !more ? ' -X POST' : ''} ${address}${more}`;
}

function responses(operation) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const real = resolve(response);
    const headers = Object.keys(real.headers ?? {});
    return element('tr', {}, element('td', {}, element('code', {}, status)),
      prose(real.description + (headers.length ? ` Header: \`${headers.join('`, `')}\`.` : ''), 'td'));
  });
  return element('div', { className: 'wide' }, element('table', {},
    element('thead', {}, element('tr', {}, ...['Status', 'Meaning'].map(t => element('th', { scope: 'col' }, t)))),
    element('tbody', {}, ...rows)));
}

function described(path, verb, operation, shared) {
  const all = [...(shared ?? []), ...(operation.parameters ?? [])];
  const body = element('div', { className: 'body' });
  const add = (title, ...parts) => body.append(element('h3', {}, title), ...parts);
  if (operation.description) {
    body.append(prose(operation.description));
  }
  if (operation.security?.length === 0) {
    body.append(element('p', { className: 'soft' }, 'Needs no token.'));
  }
  if (all.length) {
    add('Parameters', parameters(all));
  }
  if (operation.requestBody) {
    add('Body', ...(operation.requestBody.description ? [prose(operation.requestBody.description)] : []), ...content(operation.requestBody.content));
  }
  add('Answer', ...content(resolve(operation.responses['200'])?.content), responses(operation));
  add('Try', element('pre', { tabIndex: 0 }, curl(verb, path, operation, all)));
  return element('details', { className: 'operation', id: operation.operationId },
    element('summary', {}, element('span', { className: `verb ${verb}` }, verb.toUpperCase()),
      element('span', { className: 'path' }, path), element('span', { className: 'soft' }, operation.summary)),
    body);
}

function show() {
  const contents = element('nav', { className: 'contents', ariaLabel: 'Paths' });
  const groups = element('div', { className: 'groups' });
  for (const tag of api.tags) {
    const group = element('section', { className: 'group' }, element('h2', {}, tag.name), prose(tag.description, 'p', 'soft'));
    const links = element('ul');
    for (const [path, item] of Object.entries(api.paths)) {
      for (const verb of VERBS) {
        if (item[verb]?.tags.includes(tag.name)) {
          group.append(described(path, verb, item[verb], item.parameters));
          links.append(element('li', {}, element('a', { href: `#${item[verb].operationId}` }, item[verb].summary)));
        }
      }
    }
    contents.append(element('h2', {}, tag.name), links);
    groups.append(group);
  }
  const intro = element('div', { className: 'intro' },
    element('h1', {}, 'Talk to the server'), prose(api.info.description),
    prose('Where the server has a token, send it as `Authorization: Bearer TOKEN`.', 'p', 'soft'));
  document.getElementById('docs').replaceChildren(contents, element('div', { className: 'text' }, intro, groups));
  openWanted();
}

function openWanted() {
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted?.matches('details')) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

addEventListener('hashchange', openWanted);

try {
  api = await (await fetch(new URL('openapi.json', document.baseURI))).json();
  show();
} catch (e) {
  document.getElementById('docs').replaceChildren(element('p', { role: 'alert' }, `openapi.json cannot be shown: ${e.message}`));
}
document.getElementById('docs').removeAttribute('aria-busy');
