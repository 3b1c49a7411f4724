// adam and sgd, as PyTorch defines them, over all weights in one pass.

struct Params {
  count: u32,
  width: u32, // workgroups in a row of the grid
}

@group(0) @binding(0) var<storage, read_write> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(2) var<storage, read_write> moments: array<f32>;
@group(0) @binding(3) var<storage, read_write> hyper: array<f32>;
@group(0) @binding(4) var<storage, read_write> squares: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// hyper: learning rate, beta1, beta2, epsilon, weight decay, decoupled (0 or 1), 1 - beta1^t, 1 - beta2^t.
@compute @workgroup_size(256)
fn adam(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * params.width + group.x) * 256u + lane;
  if (i >= params.count) {
    return;
  }
  let rate = hyper[0];
  let decay = hyper[4];
  var p = weights[i];
  var g = gradients[i];
  if (hyper[5] != 0.0) {
    p *= 1.0 - rate * decay;
  } else {
    g = fma(decay, p, g);
  }
  let m = hyper[1] * moments[i] + (1.0 - hyper[1]) * g;
  let v = hyper[2] * squares[i] + (1.0 - hyper[2]) * g * g;
  moments[i] = m;
  squares[i] = v;
  weights[i] = p - rate / hyper[6] * m / (sqrt(v) / sqrt(hyper[7]) + hyper[3]);
}

// hyper: learning rate, momentum, weight decay, nesterov (0 or 1).
@compute @workgroup_size(256)
fn sgd(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * params.width + group.x) * 256u + lane;
  if (i >= params.count) {
    return;
  }
  let g = fma(hyper[2], weights[i], gradients[i]);
  let m = fma(hyper[1], moments[i], g);
  moments[i] = m;
  weights[i] -= hyper[0] * select(m, fma(hyper[1], m, g), hyper[3] != 0.0);
}
