/** Plots as SVG, of figures that are there: a bar chart of ratios, and a curve over a logarithmic axis. */
const WIDTH = 760;
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';
const [OURS, THEIRS, GREY] = ['#2563a8', '#b45309', '#6b7280'];

/**
 * Horizontal bars of a ratio each, on a logarithmic axis around 1.
 * @param bars `{ label, value, lessIsBetter }` each
 */
export function ratioBars(title, bars) {
  const [rowHeight, left, top] = [24, 330, 52];
  const height = top + bars.length * rowHeight + 20;
  const largest = Math.max(10, ...bars.map(({ value }) => Math.max(value, 1 / value)));
  const half = (WIDTH - left - 110) / 2;
  const x = (value) => left + half + (Math.log(value) / Math.log(largest)) * half;
  const rows = bars.map(({ label, value, lessIsBetter }, row) => {
    const y = top + row * rowHeight;
    const better = lessIsBetter ? value <= 1 : value >= 1;
    const [from, to] = [Math.min(x(1), x(value)), Math.max(x(1), x(value))];
    return `
  <text x="${left - 10}" y="${y + 14}" text-anchor="end">${escaped(label)}</text>
  <rect x="${px(from)}" y="${y + 3}" width="${px(Math.max(1, to - from))}" height="15" fill="${better ? OURS : THEIRS}"/>
  <text x="${px(to + 6)}" y="${y + 14}">${value.toFixed(2)}x</text>`;
  });
  return svg(
    height,
    title,
    `
  <line x1="${px(x(1))}" y1="${top - 8}" x2="${px(x(1))}" y2="${height - 16}" stroke="${GREY}"/>
  <text x="${px(x(1))}" y="${top - 12}" text-anchor="middle" fill="${GREY}">1x</text>${rows.join('')}`,
  );
}

/**
 * Lines over a logarithmic x axis, from zero up.
 * @param lines `{ label, points: [{ x, y }] }` each
 */
export function curve(title, { xLabel, yLabel, lines }) {
  const [left, right, top, bottom, height] = [80, 40, 56, 60, 360];
  const all = lines.flatMap(({ points }) => points);
  const xs = all.map((point) => Math.log2(point.x));
  const [xLow, xHigh, yHigh] = [Math.min(...xs), Math.max(...xs), niceAbove(Math.max(...all.map((point) => point.y)))];
  const x = (value) => left + ((Math.log2(value) - xLow) / (xHigh - xLow)) * (WIDTH - left - right);
  const y = (value) => height - bottom - (value / yHigh) * (height - top - bottom);
  const ticks = [...new Set(all.map((point) => point.x))].map(
    (value) => `
  <text x="${px(x(value))}" y="${height - bottom + 20}" text-anchor="middle">${bytes(value)}</text>`,
  );
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (part) => `
  <line x1="${left}" y1="${px(y(part * yHigh))}" x2="${WIDTH - right}" y2="${px(y(part * yHigh))}" stroke="#e5e7eb"/>
  <text x="${left - 8}" y="${px(y(part * yHigh) + 4)}" text-anchor="end">${+(part * yHigh).toPrecision(3)}</text>`,
  );
  const drawn = lines.map(({ label, points }, index) => {
    const colour = [OURS, THEIRS][index];
    const path = points.map((point) => `${px(x(point.x))},${px(y(point.y))}`).join(' ');
    const dots = points.map(
      (point) => `<circle cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="3" fill="${colour}"/>`,
    );
    return `
  <polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}
  <text x="${WIDTH - right - 90}" y="${top + 18 * index}" fill="${colour}">${escaped(label)}</text>`;
  });
  return svg(
    height,
    title,
    `${grid.join('')}${ticks.join('')}${drawn.join('')}
  <text x="${(left + WIDTH - right) / 2}" y="${height - 14}" text-anchor="middle" fill="${GREY}">${escaped(xLabel)}</text>
  <text x="${left - 60}" y="${top - 14}" fill="${GREY}">${escaped(yLabel)}</text>`,
  );
}

function svg(height, title, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ${FONT}>
  <rect width="${WIDTH}" height="${height}" fill="white"/>
  <text x="16" y="24" font-weight="600">${escaped(title)}</text>${body}
</svg>
`;
}

function px(value) {
  return +value.toFixed(1);
}

function niceAbove(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / step) * step;
}

function bytes(value) {
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(2)} MB`;
  return `${Math.round(value / 1000)} KB`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
