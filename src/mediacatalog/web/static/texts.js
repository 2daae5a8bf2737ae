// What scripts say, in the language of the page: English stands in the code, the page brings the rest.

const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
const rules = new Intl.PluralRules(document.documentElement.lang || "en");
const ORDER = ["zero", "one", "two", "few", "many", "other"];
const kinds = ORDER.filter((kind) => rules.resolvedOptions().pluralCategories.includes(kind));

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

/** The text in the language of the page, its `%(name)s` filled in. */
export function _(text, values = {}) {
  return fill(texts[text] ?? text, values);
}

/** A text that is translated where it is shown. */
export const marked = (text) => text;

/** The form that goes with the count, which stands for `%(num)s`. */
export function ngettext(one, many, count, values = {}) {
  const forms = texts[one] ?? [one, many];
  const form = forms[kinds.indexOf(rules.select(count))] ?? forms[forms.length - 1];
  return fill(form, { num: count.toLocaleString("en"), ...values });
}
