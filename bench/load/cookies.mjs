// The cookies of a browser. There is one host, and no cookie that it would be wrong to send to all of its paths.

export class Cookies {
  #values = new Map();

  // `lines`: the Set-Cookie headers of one answer, none, one or several.
  keep(lines) {
    for (const line of [lines ?? []].flat()) {
      const [pair] = line.split(';', 1);
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const isDropped = value === '' || /;\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(line);
      if (isDropped) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  // What is left of them when all others are forgotten.
  only(names) {
    const left = new Cookies();
    for (const name of names) if (this.#values.has(name)) left.#values.set(name, this.#values.get(name));
    return left;
  }

  header() {
    if (this.#values.size === 0) return {};
    return { cookie: [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}
