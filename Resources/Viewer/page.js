"use strict";
// The page of a reconstruction: one cursor (RAS mm) and one window (HU) for all pictures.
// NiiVue draws the planes; the radiographs are pictures, on which the cone-beam geometry of each view puts the cursor.

const data = JSON.parse(document.getElementById("data").textContent);
const MARK = [1.0, 0.82, 0.3, 0.9];
const PAPER = [20 / 255, 24 / 255, 28 / 255, 1.0];
const HU_PER_PIXEL = 2.0;
const viewers = [];
let cursor = data.centre;
let shownWindow = data.windows[0];
let clicked = null; // The side whose radiograph was clicked last, with its ray.

// --- Vectors of three numbers
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const plus = (a, b, factor = 1.0) => a.map((value, axis) => value + factor * b[axis]);
const minus = (a, b) => plus(a, b, -1.0);
const unit = (a) => a.map((value) => value / Math.sqrt(dot(a, a)));

// --- Geometry of a view, as Diff2CTCore.geometry.ViewGeometry: points are RAS mm about the volume's centre
function project(view, point) {
  const seen = minus(point, view.source);
  const stretch = view.sid / dot(seen, view.ray);
  const column = view.principal[0] + (dot(seen, view.across) * stretch) / view.spacing[1];
  const row = view.slot
    ? view.centre[1] + dot(seen, view.down) / view.spacing[0]
    : view.principal[1] + (dot(seen, view.down) * stretch) / view.spacing[0];
  return [column, row];
}

function rayThrough(view, column, row) {
  let source = view.source;
  let direction = view.ray.map((value) => value * view.sid);
  direction = plus(direction, view.across, (column - view.principal[0]) * view.spacing[1]);
  if (view.slot) {
    source = plus(source, view.down, (row - view.centre[1]) * view.spacing[0]);
  } else {
    direction = plus(direction, view.down, (row - view.principal[1]) * view.spacing[0]);
  }
  return { source, direction: unit(direction) };
}

function nearestOn(ray, point) {
  return plus(ray.source, ray.direction, dot(minus(point, ray.source), ray.direction));
}

// The middle of the shortest connection of two rays, which are never parallel here.
function meetingPoint(first, second) {
  const between = minus(first.source, second.source);
  const cosine = dot(first.direction, second.direction);
  const along = dot(first.direction, between);
  const across = dot(second.direction, between);
  const sine2 = 1.0 - cosine * cosine;
  const one = plus(first.source, first.direction, (cosine * across - along) / sine2);
  const other = plus(second.source, second.direction, (across - cosine * along) / sine2);
  return plus(one, other).map((value) => value / 2.0);
}

// --- The cursor
function moveCursor(place) {
  cursor = place;
  for (const viewer of viewers) {
    viewer.nv.scene.crosshairPos = viewer.nv.mm2frac(cursor);
    viewer.nv.drawScene();
  }
  for (const view of data.views) {
    const [column, row] = project(view, minus(cursor, data.centre));
    const arm = 0.03 * view.columns;
    const gap = 0.008 * view.columns;
    const arms = [[-1, 0], [1, 0], [0, -1], [0, 1]].map(
      ([x, y]) => `M${column + gap * x} ${row + gap * y}L${column + arm * x} ${row + arm * y}`,
    );
    const mark = document.querySelector(`#${view.side} .mark`);
    mark.setAttribute("d", arms.join(""));
    mark.dataset.column = column;
    mark.dataset.row = row;
  }
  tellPlace();
}

function tellPlace() {
  const letters = ["LR", "PA", "FH"];
  const place = cursor.map((value, axis) => `${letters[axis][value < 0 ? 0 : 1]} ${Math.abs(value).toFixed(1)}`);
  const values = viewers.map(({ nv, title }) => {
    const volume = nv.volumes[0];
    const voxel = volume.mm2vox(cursor);
    const inside = voxel.every((index, axis) => index >= 0 && index < volume.dimsRAS[axis + 1]);
    return `${title}: ${inside ? Math.round(volume.getValue(...voxel)) + " HU" : "outside"}`;
  });
  document.getElementById("place").textContent = `Cursor ${place.join("  ")} mm      ${values.join("   ")}`;
}

// --- The window
function setWindow({ width, level, name }) {
  shownWindow = { width, level, name };
  for (const { nv } of viewers) {
    nv.volumes[0].cal_min = level - width / 2.0;
    nv.volumes[0].cal_max = level + width / 2.0;
    nv.updateGLVolume();
  }
  document.getElementById("window").textContent = `Window ${Math.round(width)}, level ${Math.round(level)} HU`;
  for (const button of document.querySelectorAll("#windows button")) {
    button.setAttribute("aria-pressed", String(button.textContent === name));
  }
}

// By hand: NiiVue's own drag keeps both ends of the window within the values of the volume, and tells nobody.
function followWindowDrags(canvas) {
  canvas.addEventListener("pointerdown", (start) => {
    if (start.button !== 2) {
      return;
    }
    const { width, level } = shownWindow;
    const follow = (event) => {
      const across = (event.clientX - start.clientX) * HU_PER_PIXEL;
      const down = (event.clientY - start.clientY) * HU_PER_PIXEL;
      setWindow({ width: Math.max(width + across, 1.0), level: level - down });
    };
    canvas.setPointerCapture(start.pointerId);
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("lostpointercapture", () => canvas.removeEventListener("pointermove", follow), { once: true });
  });
}

function addWindowButtons() {
  for (const preset of data.windows) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = preset.name;
    button.addEventListener("click", () => setWindow(preset));
    document.getElementById("windows").append(button);
  }
}

// --- Pictures
async function addViewer({ id, title, nifti }) {
  const canvas = document.querySelector(`#${id} canvas`);
  canvas.hidden = false;
  const { DRAG_MODE } = niivue;
  const nv = new niivue.Niivue({
    backColor: PAPER,
    crosshairColor: MARK,
    crosshairWidth: 0.7,
    crosshairWidthUnit: "mm",
    crosshairGap: 14,
    isRadiologicalConvention: true,
    sagittalNoseLeft: true,
    isOrientationTextVisible: false,
    dragAndDropEnabled: false,
    clipPlaneHotKey: "",
    cycleClipPlaneHotKey: "",
    viewModeHotKey: "",
    loadingText: "",
    logLevel: "error",
  });
  await nv.attachToCanvas(canvas, true);
  canvas.parentElement.style.backgroundColor = "";
  nv.setMouseEventConfig({
    leftButton: { primary: DRAG_MODE.crosshair },
    rightButton: DRAG_MODE.none,
    centerButton: DRAG_MODE.none,
  });
  nv.addVolume(await niivue.NVImage.loadFromBase64({ base64: nifti, name: `${id}.nii.gz`, colormap: "gray" }));
  nv.setCustomLayout(data.layout);
  nv.onLocationChange = (location) => {
    clicked = null;
    moveCursor(Array.from(location.mm).slice(0, 3));
  };
  // A double click takes a window from the histogram, which is none of a CT; the window stays.
  nv.onIntensityChange = () => setWindow(shownWindow);
  followWindowDrags(canvas);
  viewers.push({ nv, title });
}

function addRadiograph(view) {
  const picture = document.querySelector(`#${view.side} svg`);
  picture.addEventListener("pointerdown", (event) => {
    const box = picture.getBoundingClientRect();
    const column = ((event.clientX - box.left) / box.width) * view.columns - 0.5;
    const row = ((event.clientY - box.top) / box.height) * view.rows - 0.5;
    const ray = rayThrough(view, column, row);
    let place;
    if (clicked && clicked.side !== view.side) {
      place = meetingPoint(clicked.ray, ray);
      clicked = null;
    } else {
      place = nearestOn(ray, minus(cursor, data.centre));
      clicked = { side: view.side, ray };
    }
    moveCursor(plus(place, data.centre));
  });
}

function fade() {
  const slider = document.getElementById("fade");
  for (const picture of document.querySelectorAll(".reprojection")) {
    picture.style.opacity = slider.value / 100;
  }
}

// What went wrong, as the beginning of a sentence; nothing where the viewers draw.
async function showVolumes() {
  try {
    for (const volume of data.volumes) {
      await addViewer(volume);
    }
  } catch (error) {
    viewers.length = 0;
    for (const canvas of document.querySelectorAll("canvas")) {
      canvas.hidden = true;
    }
    return `The viewer could not start (${error.message})`;
  }
  addWindowButtons();
  setWindow(shownWindow);
  document.getElementById("tools").hidden = false;
  return "";
}

async function start() {
  for (const view of data.views) {
    addRadiograph(view);
  }
  document.getElementById("fade")?.addEventListener("input", fade);
  const lacking = document.createElement("canvas").getContext("webgl2")
    ? await showVolumes()
    : "This browser draws no 3D graphics (WebGL2)";
  if (lacking) {
    const trouble = document.getElementById("trouble");
    trouble.textContent =
      `${lacking}, so the middle planes alone are shown; open the page in a current browser, or allow hardware ` +
      "acceleration in its settings.";
    trouble.hidden = false;
  }
  moveCursor(cursor);
  document.body.dataset.ready = "true";
}

start();
