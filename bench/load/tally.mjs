// Counts what was measured: an operation is one request, or one whole visit of a person.

import { performance } from 'node:perf_hooks';

const LONGEST_EXAMPLE = 400;

export class Tally {
  #times = [];

  #refusals = [];

  #enough;

  #stop;

  #started = 0;

  last = 0;

  bad = 0;

  example = null;

  // `enough`: operations after which `stop` is called, whatever time is left.
  constructor(enough, stop) {
    this.#enough = enough;
    this.#stop = stop;
  }

  start() {
    this.#started = performance.now();
  }

  get seconds() {
    return (this.last - this.#started) / 1000;
  }

  // `since`: of performance.now(), when the operation began.
  count(since) {
    this.last = performance.now();
    this.#times.push(this.last - since);
    if (this.#times.length === this.#enough) this.#stop();
  }

  // Told in good order to come again later.
  turnAway(since) {
    this.last = performance.now();
    this.#refusals.push(this.last - since);
  }

  refuse(what, status, body) {
    this.last = performance.now();
    this.bad += 1;
    this.example ??= `${what}: ${status} ${body.slice(0, LONGEST_EXAMPLE)}`;
  }

  summary() {
    const times = Float64Array.from(this.#times).sort();
    const refusals = Float64Array.from(this.#refusals).sort();
    return {
      operations: times.length,
      seconds: this.seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      turnedAway: refusals.length,
      turnedAwayP99: percentile(refusals, 0.99),
      bad: this.bad,
      example: this.example,
    };
  }
}

function percentile(ordered, share) {
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? null;
}
