// fft2 of whole planes of 64 x 64, a workgroup for each: rows, then columns, with one pass over memory. An invocation
// holds eight elements of two lines. Between rows and columns the plane is turned in workgroup memory, first the real
// parts, then the imaginary ones, 16 KiB each; the columns of a row are permuted there so that neither reading nor
// writing meets one memory bank twice. Needs elementary and fft, with N = 64 and SHARED = 4096.

struct Lines {
  low: Values, // of lines 0..31
  high: Values, // of lines 32..63
}

fn spot(row: u32, column: u32) -> u32 {
  return row * N + (column ^ (row % LINES));
}

// From elements of rows to elements of columns.
fn cross_over(v: Lines, row: Place, column: Place) -> Lines {
  var next: Lines;
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    shared_part[spot(row.line, element_out(row.t, i))] = v.low[i].x;
    shared_part[spot(row.line + LINES, element_out(row.t, i))] = v.high[i].x;
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    next.low[i].x = shared_part[spot(element_in(column.t, i), column.line)];
    next.high[i].x = shared_part[spot(element_in(column.t, i), column.line + LINES)];
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    shared_part[spot(row.line, element_out(row.t, i))] = v.low[i].y;
    shared_part[spot(row.line + LINES, element_out(row.t, i))] = v.high[i].y;
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    next.low[i].y = shared_part[spot(element_in(column.t, i), column.line)];
    next.high[i].y = shared_part[spot(element_in(column.t, i), column.line + LINES)];
  }
  return next;
}

@compute @workgroup_size(256)
fn square(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let plane = group.y * params.width + group.x;
  if (plane >= params.lines) {
    return;
  }
  let start = plane * N * N;
  let row = Place(lane / STEP, lane % STEP, 1u, (lane / STEP) * (N + STEP));
  let column = Place(lane % LINES, lane / LINES, LINES, lane % LINES);
  var v: Lines;
  for (var i = 0u; i < 8u; i++) {
    let at = start + row.line * N + element_in(row.t, i);
    v.low[i] = turned(input[at]);
    v.high[i] = turned(input[at + LINES * N]);
  }
  v.low = transform(v.low, row);
  v.high = transform(v.high, row);
  v = cross_over(v, row, column);
  v.low = transform(v.low, column);
  v.high = transform(v.high, column);
  for (var i = 0u; i < 8u; i++) {
    let at = start + element_out(column.t, i) * N + column.line;
    output[at] = SCALE * SCALE * turned(v.low[i]);
    output[at + LINES] = SCALE * SCALE * turned(v.high[i]);
  }
}
