using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution as a product of what each output pixel reads with the weight: for so few pixels that the weight is multiplied as it lies, and for one long kernel
/// over one row of numbers, as a spectrogram is computed, where what pixels read are overlapping rows in place.</summary>
/// <remarks>Scratch: rows of inputs in the order of the weight's columns, the product [pixel][output channels], sixteen pixels of it turned, then what the product takes.</remarks>
internal sealed unsafe class ProductConv : IConvKernel
{
    /// <summary>Shorter kernels are not worth turning the result.</summary>
    private const int ShortestFrame = 32;

    private readonly ConvGeometry _g;
    private readonly MatrixProduct _product;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly bool _frames, _single, _inPlace;
    private readonly int _columns;
    private readonly long _gathered, _outputs, _turned;

    public ProductConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads = 1)
    {
        (_g, _epilogue, _columns) = (geometry, epilogue, weight.Columns);
        _in = new ImageLayout(input, _g.InputChannels, _g.InputHeight, _g.InputWidth);
        _out = new ImageLayout(output, _g.OutputChannels, _g.OutputHeight, _g.OutputWidth);
        _frames = IsFrames(_g, input);
        int pixels = _frames ? _g.OutputWidth : PixelsOf(_g);
        _single = pixels == 1 && _g.Batch == 1;
        _inPlace = _frames || (_single && _g.Taps == 1 && _in.Pixels == 1 && _g.StaysInside);
        // What the activation of the product did, a residual would come too late for.
        _product = new MatrixProduct(pixels, _g.OutputChannels, _columns, transposedLeft: false, new RightOperand(weight, false), 1f, _single ? epilogue : default, isa, threads,
            _frames ? _g.StrideX : 0);
        _gathered = _inPlace ? 0 : CacheLines.Up((long)pixels * _columns);
        _outputs = _single ? 0 : CacheLines.Up((long)pixels * _g.OutputChannels);
        _turned = _single || output == TensorLayout.Blocked ? 0 : 16L * _g.OutputChannels;
        ScratchBytes = checked(4 * (_gathered + _outputs + _turned) + _product.ScratchBytes);
    }

    public long ScratchBytes { get; }

    public static bool Serves(in ConvGeometry g, WeightTensor weight, TensorLayout input) => IsFrames(g, input)
        || (g.Groups == 1 && PixelsOf(g) is var pixels && pixels > 0
            && (pixels <= weight.RowsOfProducts || (pixels == 1 && g.Taps == 1 && weight.PanelAt(0, 0) != null)));

    private static int PixelsOf(in ConvGeometry g) => checked(g.Batch * g.OutputHeight * g.OutputWidth);

    private static bool IsFrames(in ConvGeometry g, TensorLayout input) =>
        g is { Groups: 1, InputChannels: 1, InputHeight: 1, OutputHeight: 1, KernelHeight: 1, KernelWidth: >= ShortestFrame, DilationX: 1, OutputWidth: > 0, Top: 0, Left: 0 }
        && input == TensorLayout.Plain && g.StaysInside && !FoldedConv.Serves(g);

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* gathered = (float*)scratch, outputs = gathered + _gathered, turned = outputs + _outputs;
        byte* rest = (byte*)(turned + _turned);
        if (_single)
        {
            if (!_inPlace) Gather(x, gathered);
            Single(_inPlace ? x : gathered, bias, residual, y, rest, team);
            return;
        }
        if (!_frames)
        {
            Gather(x, gathered);
            _product.Run(gathered, null, bias, outputs, started: false, rest, team);
        }
        for (int image = 0, pixels = _g.OutputHeight * _g.OutputWidth; image < _g.Batch; image++)
        {
            // The residual may lie where the output goes, so it joins the product first.
            float* to = y + image * _out.ImageFloats, add = residual == null ? null : residual + image * _out.ImageFloats, from = outputs + (_frames ? 0 : (long)image * pixels * _g.OutputChannels);
            if (_frames) _product.Run(x + (long)image * _g.InputWidth, null, bias, outputs, started: false, rest, team);
            if (add != null) Add(add, from);
            if (_out.Layout == TensorLayout.Blocked) ToBlocks(from, to);
            else ToPlanes(from, turned, to);
            _epilogue.Apply(to, _out.ImageFloats);
            if (_out.Layout == TensorLayout.Blocked && !_epilogue.KeepsZero && _out.Channels % 16 != 0)
                BlockedCopy.ClearLanes(to + _out.ImageFloats - _out.Pixels * 16, _out.Pixels, _out.Channels % 16);
        }
    }

    /// <summary>One pixel: layouts do not matter, but for lanes beyond the channels.</summary>
    private void Single(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        if (residual != null)
        {
            for (int i = 0; i < _g.OutputChannels; i++) y[i] = residual[i] + (bias == null ? 0f : bias[i]);
            bias = null;
        }
        _product.Run(x, null, bias, y, started: residual != null, scratch, team);
        NativeMemory.Clear(y + _g.OutputChannels, (nuint)(_out.ImageFloats - _g.OutputChannels) * sizeof(float));
    }

    /// <summary>What each pixel reads, in the order input channel, tap; 0 beyond the borders.</summary>
    private void Gather(float* x, float* to)
    {
        for (int image = 0; image < _g.Batch; image++, x += _in.ImageFloats)
            for (int row = 0; row < _g.OutputHeight; row++)
                for (int column = 0; column < _g.OutputWidth; column++, to += _columns)
                    for (int tap = 0; tap < _g.Taps; tap++)
                    {
                        int r = row * _g.StrideY - _g.Top + tap / _g.KernelWidth * _g.DilationY, c = column * _g.StrideX - _g.Left + tap % _g.KernelWidth * _g.DilationX;
                        bool inside = r >= 0 && r < _in.Height && c >= 0 && c < _in.Width;
                        long pixel = (long)r * _in.Width + c;
                        for (int channel = 0; channel < _g.InputChannels; channel++)
                            to[channel * _g.Taps + tap] = !inside ? 0f
                                : x[_in.Layout == TensorLayout.Blocked ? ((channel >> 4) * _in.Pixels + pixel) * 16 + (channel & 15) : channel * _in.Pixels + pixel];
                    }
    }

    private void Add(float* residual, float* outputs)
    {
        for (int c = 0; c < _out.Channels; c++)
        {
            float* from = residual + (_out.Layout == TensorLayout.Blocked ? (c >> 4) * _out.Pixels * 16 + (c & 15) : c * _out.Pixels);
            int step = _out.Layout == TensorLayout.Blocked ? 16 : 1;
            for (long pixel = 0; pixel < _out.Pixels; pixel++) outputs[pixel * _out.Channels + c] += from[pixel * step];
        }
    }

    private void ToPlanes(float* outputs, float* turned, float* to)
    {
        for (int pixel = 0; pixel < _out.Pixels; pixel += 16)
        {
            int count = (int)Math.Min(16, _out.Pixels - pixel);
            Transpose16.ToLanes(outputs + (long)pixel * _out.Channels, _out.Channels, count, _out.Channels, turned);
            for (int c = 0; c < _out.Channels; c++) NativeMemory.Copy(turned + c * 16, to + c * _out.Pixels + pixel, (nuint)count * sizeof(float));
        }
    }

    private void ToBlocks(float* outputs, float* to)
    {
        for (int block = 0; block < _out.Blocks; block++)
        {
            int lanes = Math.Min(16, _out.Channels - block * 16);
            float* from = outputs + block * 16;
            for (long pixel = 0; pixel < _out.Pixels; pixel++, from += _out.Channels, to += 16)
            {
                NativeMemory.Copy(from, to, (nuint)lanes * sizeof(float));
                for (int lane = lanes; lane < 16; lane++) to[lane] = 0f;
            }
        }
    }
}
