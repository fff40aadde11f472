import { dotnet } from './_framework/dotnet.js';

const { getAssemblyExports, getConfig } = await dotnet.create();
const page = (await getAssemblyExports(getConfig().mainAssemblyName)).Page;
const file = document.getElementById('file'), canvas = document.getElementById('picture');
const classes = document.getElementById('classes'), time = document.getElementById('time');

file.addEventListener('change', async () => {
  if (file.files.length === 0) return;
  // As the file has it: no rotation is undone, no colours are converted.
  const picture = await createImageBitmap(file.files[0], { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = new Uint8Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const [milliseconds, ...lines] = page.Classify(pixels, picture.width, picture.height);
  classes.replaceChildren(...lines.map(line => {
    const item = document.createElement('li');
    item.textContent = line;
    return item;
  }));
  time.textContent = `${milliseconds} ms, ${page.Vectors()}`;
});
time.textContent = 'ready';
file.disabled = false;
