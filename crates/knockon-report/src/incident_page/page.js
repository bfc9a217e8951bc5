(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("played").textContent);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const slider = document.getElementById("time");

  // Commands can be copied.
  for (const block of all(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const range = document.createRange();
      range.selectNodeContents(block);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      try {
        await navigator.clipboard.writeText(block.textContent.trim());
        button.textContent = "Copied";
      } catch {
        button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.after(button);
  }
  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => all("details").forEach((it) => { it.open = true; }));
  if (!slider) return;

  const unfold = ([name, runs]) => {
    const states = [];
    for (const run of runs ? runs.split(" ") : []) {
      const [state, count] = run.split("x").map(Number);
      for (let i = 0; i < count; i++) states.push(state);
    }
    return { name, states };
  };
  const rows = { services: data.services.map(unfold), journeys: data.journeys.map(unfold) };
  const boxes = all(".map [data-row]").map((box) => ({
    box, sign: box.querySelector(".sign"), states: rows.services[box.dataset.row].states,
  }));
  const cursors = all(".cursor");
  const charts = all(".chart").map((chart, index) => ({
    line: chart.querySelector(".cursor-line"),
    area: chart.querySelector(".plot"),
    readings: all(".reading", chart),
    lines: data.readings[index],
  }));
  const answers = all("#status [data-rows]");
  const clocks = all("#now, #status .clock");
  const play = document.getElementById("play");

  // The last moment that is not later; -1 before the first.
  const indexAt = (moments, at) => {
    let index = moments.length - 1;
    while (index >= 0 && moments[index] > at) index--;
    return index;
  };
  const clock = (at) => {
    const seconds = Math.round(at);
    const two = (value) => String(value).padStart(2, "0");
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  };
  const NAMES_MAX = 12;
  const groups = (those, index) => {
    const found = [];
    for (let state = data.states.length - 1; state > 1; state--) {
      const names = those.filter((it) => it.states[index] === state).map((it) => it.name);
      const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
      const list = names.slice(0, NAMES_MAX).join(", ") + more;
      if (names.length) found.push([data.states[state], data.states[state], list]);
    }
    if (found.length) return found;
    const known = those.some((it) => it.states[index] === 1);
    return [known ? ["well", "all well", ""] : ["unknown", "nothing known", ""]];
  };
  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  let kept = data.at;
  let touched = false;
  let indexShown = null;
  let spoken = "";
  const show = (at) => {
    at = Math.min(Math.max(at, 0), data.lasts);
    const share = at / data.lasts;
    slider.value = at;
    for (const it of clocks) it.textContent = clock(at);
    for (const it of cursors) it.style.left = `${share * 100}%`;
    for (const chart of charts) {
      const { x, width } = chart.area;
      const left = x.baseVal.value + share * width.baseVal.value;
      chart.line.setAttribute("transform", `translate(${left} 0)`);
      chart.lines.forEach(([moments, words], index) => {
        chart.readings[index].textContent = words[indexAt(moments, at)] ?? "–";
      });
    }
    const index = indexAt(data.times, at);
    if (index !== indexShown) {
      indexShown = index;
      spoken = "";
      for (const { box, sign, states } of boxes) {
        const word = data.states[states[index] ?? 0];
        box.dataset.state = word;
        sign.setAttribute("href", `#knockon-sign-${word}`);
      }
      for (const answer of answers) {
        const found = groups(rows[answer.dataset.rows], index);
        spoken += `. ${answer.dataset.rows}: ${found.map(([, ...words]) => words.join(" ").trim()).join("; ")}`;
        answer.replaceChildren(...found.map(([state, word, names]) => {
          const group = element("div", "group", "");
          group.dataset.state = state;
          group.append(element("b", "word", word), names ? ` ${names}` : "");
          return group;
        }));
      }
    }
    slider.setAttribute("aria-valuetext", clock(at) + spoken);
  };
  const keep = (at) => { touched = true; kept = at; show(at); };

  // The whole run is played in as many seconds: from its start, unless somebody chose a moment.
  const PLAYED_S = 16;
  let playing = null;
  const stop = () => {
    cancelAnimationFrame(playing);
    playing = null;
    play.textContent = "▶ Play";
  };
  const start = () => {
    const from = touched && kept < data.lasts ? kept : 0;
    let began = null;
    const frame = (now) => {
      began ??= now;
      const at = from + ((now - began) / 1000 / PLAYED_S) * data.lasts;
      keep(Math.min(at, data.lasts));
      if (at < data.lasts) playing = requestAnimationFrame(frame); else stop();
    };
    playing = requestAnimationFrame(frame);
    play.textContent = "❚❚ Pause";
  };
  play.addEventListener("click", () => (playing === null ? start() : stop()));
  slider.addEventListener("input", () => { if (playing !== null) stop(); keep(Number(slider.value)); });

  // Pointing at a drawing shows the page at that time, and a click stays there.
  const point = (surface, area) => {
    const at = (event) => {
      const { left, width } = area.getBoundingClientRect();
      return ((event.clientX - left) / width) * data.lasts;
    };
    surface.addEventListener("pointermove", (event) => { if (playing === null) show(at(event)); });
    surface.addEventListener("pointerleave", () => { if (playing === null) show(kept); });
    surface.addEventListener("click", (event) => {
      if (playing !== null) stop();
      keep(Math.min(Math.max(at(event), 0), data.lasts));
    });
  };
  for (const chart of charts) point(chart.area.ownerSVGElement, chart.area);
  for (const strip of all(".strip")) point(strip, strip);

  // Moments in the text lead there.
  for (const moment of all("[data-at]")) {
    const button = element("button", "", moment.textContent);
    button.type = "button";
    button.title = "Show the page at this time";
    button.addEventListener("click", () => {
      if (playing !== null) stop();
      keep(Number(moment.dataset.at));
    });
    moment.replaceChildren(button);
  }

  play.hidden = false;
  slider.hidden = false;
  show(kept);
  // Where the map does not fit, begin with what is wrong.
  const map = document.querySelector(".map");
  const wrong = map?.querySelector('[data-state="down"], [data-state="failing"]');
  if (wrong) {
    const [box, sheet] = [wrong.getBoundingClientRect(), map.getBoundingClientRect()];
    map.scrollLeft = box.left - sheet.left - (sheet.width - box.width) / 2;
    map.scrollTop = box.top - sheet.top - (sheet.height - box.height) / 2;
  }
})();
