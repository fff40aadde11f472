using System;
using System.Collections.Generic;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>The input of a step as its weight meets it: for each output position the numbers that the columns of the weight are multiplied with, inputs
/// outside of the plane as zeros.</summary>
internal readonly unsafe struct InputPatches
{
    private readonly float* _data;
    private readonly int _channels, _height, _width, _outputHeight, _outputWidth, _taps;
    private readonly bool _blocked;
    private readonly int[] _rows, _columns;     // [tap][output]: where the input lies; negative outside

    private InputPatches(TensorView x, int channels, int height, int width, int outputHeight, int outputWidth, int[] rows, int[] columns)
    {
        _data = x.F32;
        (_blocked, _channels, _height, _width) = (x.Layout == TensorLayout.Blocked, channels, height, width);
        (_outputHeight, _outputWidth, _rows, _columns) = (outputHeight, outputWidth, rows, columns);
        _taps = outputHeight == 0 || outputWidth == 0 ? 0 : rows.Length / outputHeight * (columns.Length / outputWidth);
        Positions = height == 0 || width == 0 || channels == 0 ? 0 : checked((int)(x.Length / ((long)channels * height * width) * outputHeight * outputWidth));
    }

    /// <summary>Output positions of all images.</summary>
    public int Positions { get; }

    /// <summary>Numbers of a position: inputs of all groups times taps.</summary>
    public int Length => _channels * _taps;

    /// <param name="x">The input of a convolution.</param>
    /// <param name="y">Its output.</param>
    /// <param name="role">Conv or ConvTranspose.</param>
    /// <param name="kernel">The canonical shape of the weight.</param>
    /// <param name="symbols">Of the network.</param>
    public static InputPatches Of(TensorView x, TensorView y, WeightRole role, CanonicalShape kernel, ConvAttributes attributes, IReadOnlyDictionary<string, long> symbols)
    {
        int[] Axis(int axis, int taps)
        {
            int begin = attributes.Pads.Length == 0 ? 0 : checked((int)InputShapes.Evaluate(attributes.Pads[axis], symbols));
            return Places(x.Shape[2 + axis], y.Shape[2 + axis], taps, attributes.Strides[axis], attributes.Dilations[axis], begin, role == WeightRole.ConvTranspose);
        }
        return new InputPatches(x, x.Shape[1], x.Shape[2], x.Shape[3], y.Shape[2], y.Shape[3], Axis(0, kernel.KernelHeight), Axis(1, kernel.KernelWidth));
    }

    /// <summary>Every position of an image, channel by channel.</summary>
    public static InputPatches Pixels(TensorView x)
    {
        int[] rows = new int[x.Shape[2]], columns = new int[x.Shape[3]];
        for (int i = 0; i < rows.Length; i++) rows[i] = i;
        for (int i = 0; i < columns.Length; i++) columns[i] = i;
        return new InputPatches(x, x.Shape[1], x.Shape[2], x.Shape[3], x.Shape[2], x.Shape[3], rows, columns);
    }

    /// <summary>The rows of a matrix.</summary>
    public static InputPatches Rows(TensorView x) => new(x, x.Shape[^1], 1, 1, 1, 1, [0], [0]);

    /// <summary>The numbers of a position: [input of all groups][tap].</summary>
    public void Read(int position, float* to)
    {
        int ox = position % _outputWidth, oy = position / _outputWidth % _outputHeight, image = position / _outputWidth / _outputHeight;
        int kernelHeight = _rows.Length / _outputHeight, kernelWidth = _columns.Length / _outputWidth;
        for (int ky = 0, tap = 0; ky < kernelHeight; ky++)
            for (int kx = 0; kx < kernelWidth; kx++, tap++)
            {
                int y = _rows[ky * _outputHeight + oy], x = _columns[kx * _outputWidth + ox];
                if (y < 0 || x < 0)
                {
                    for (int c = 0; c < _channels; c++) to[c * _taps + tap] = 0f;
                    continue;
                }
                if (_blocked)
                    for (int c = 0; c < _channels; c++) to[c * _taps + tap] = Block(image, c / 16, y, x)[c % 16];
                else
                {
                    float* from = Plane(image, 0) + (long)y * _width + x;
                    for (int c = 0; c < _channels; c++, from += (long)_height * _width) to[c * _taps + tap] = *from;
                }
            }
    }

    /// <summary>Adds the numbers of all positions up: [input of all groups][tap].</summary>
    public void Sum(Span<double> sums)
    {
        int kernelHeight = _rows.Length / Math.Max(1, _outputHeight), kernelWidth = _columns.Length / Math.Max(1, _outputWidth), lanes = _blocked ? 16 : 1;
        int images = Positions / Math.Max(1, _outputHeight * _outputWidth);
        float* row = stackalloc float[16];
        for (int image = 0; image < images; image++)
            for (int first = 0; first < _channels; first += lanes)
                for (int ky = 0, tap = 0; ky < kernelHeight; ky++)
                    for (int kx = 0; kx < kernelWidth; kx++, tap++)
                        for (int oy = 0; oy < _outputHeight; oy++)
                        {
                            int y = _rows[ky * _outputHeight + oy];
                            if (y < 0) continue;
                            ReadOnlySpan<int> columns = _columns.AsSpan(kx * _outputWidth, _outputWidth);
                            if (_blocked) SumRow(Block(image, first / 16, y, 0), columns, row);
                            else row[0] = SumRow(Plane(image, first) + (long)y * _width, columns);
                            for (int lane = 0; lane < Math.Min(lanes, _channels - first); lane++) sums[(first + lane) * _taps + tap] += row[lane];
                        }
    }

    private static void SumRow(float* from, ReadOnlySpan<int> columns, float* sum)
    {
        Vector256<float> low = default, high = default;
        foreach (int x in columns)
        {
            if (x < 0) continue;
            low += Vector256.Load(from + 16L * x);
            high += Vector256.Load(from + 16L * x + 8);
        }
        low.Store(sum);
        high.Store(sum + 8);
    }

    private static float SumRow(float* from, ReadOnlySpan<int> columns)
    {
        float sum = 0f;
        foreach (int x in columns) if (x >= 0) sum += from[x];
        return sum;
    }

    private float* Block(int image, int block, int y, int x) => _data + ((((long)image * ((_channels + 15) / 16) + block) * _height + y) * _width + x) * 16;

    private float* Plane(int image, int channel) => _data + ((long)image * _channels + channel) * _height * _width;

    /// <summary>Where each output of an axis finds its input for each tap; −1 where there is none.</summary>
    private static int[] Places(int length, int outputs, int taps, int stride, int dilation, int begin, bool transposed)
    {
        int[] places = new int[taps * outputs];
        for (int tap = 0; tap < taps; tap++)
            for (int o = 0; o < outputs; o++)
            {
                long place = transposed ? (long)o + begin - (long)tap * dilation : (long)o * stride - begin + (long)tap * dilation;
                if (transposed) place = place >= 0 && place % stride == 0 ? place / stride : -1;
                places[tap * outputs + o] = place >= 0 && place < length ? (int)place : -1;
            }
        return places;
    }
}
