// Reads as much of a page as it takes to fill in its login form.

const ENTITIES = { '&amp;': '&', '&quot;': '"', '&#34;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };

const text = (escaped) => escaped.replace(/&(amp|quot|lt|gt|#34|#39);/g, (entity) => ENTITIES[entity]);

// The form with a password field, as {action, html}, or null.
export function loginForm(page) {
  for (const [html] of page.matchAll(/<form\b[\s\S]*?<\/form>/g)) {
    if (html.includes('type="password"')) return { action: text(/action="([^"]*)"/.exec(html)[1]), html };
  }
  return null;
}

export function hiddenFields(form) {
  const fields = {};
  for (const [input] of form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)) {
    fields[/name="([^"]*)"/.exec(input)[1]] = text(/value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return fields;
}
