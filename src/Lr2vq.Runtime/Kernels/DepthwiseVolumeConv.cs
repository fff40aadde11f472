using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A depthwise convolution over three axes as the sum of those of planes that the taps along the depth make.</summary>
/// <remarks>Scratch: the weight, the planes of a volume, a plane of sums, a tile for each thread, then what the convolutions of planes take. Belongs to one session.</remarks>
internal sealed unsafe class DepthwiseVolumeConv : IVolumeConv
{
    /// <summary>More would be more objects than a file should ask for.</summary>
    public const int MostTaps = 32;

    private readonly DepthWindow _depth;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly PlanePacking _packing;
    private readonly PlaneSpreading _spreading;
    private readonly Tap[] _taps;
    private readonly DepthwiseConv[] _kernels;
    private readonly int _images, _channels;
    private readonly long _weights, _inputs, _sums, _tiles;

    /// <param name="planes">The convolution of planes; images and channels of the volumes.</param>
    public DepthwiseVolumeConv(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, Isa isa, int threads)
    {
        (_depth, _weight, _epilogue, _images, _channels) = (depth, weight, epilogue, planes.Batch, planes.OutputChannels);
        ConvGeometry g = planes with { Batch = 1 };
        _packing = new PlanePacking(_channels, (long)g.InputHeight * g.InputWidth, new DepthWindow(depth.Inputs, depth.Inputs, 1, 1, 1, 0), TensorLayout.Blocked);
        _spreading = new PlaneSpreading(_channels, depth.Outputs, (long)g.OutputHeight * g.OutputWidth);
        _taps = [.. Enumerable.Range(0, depth.Taps).Select(tap => new Tap(weight, tap, depth.Taps))];
        _kernels = [.. _taps.Select(tap => new DepthwiseConv(g, tap, default, isa, threads))];
        (_weights, _inputs, _sums) = (CacheLines.Up((long)weight.Rows * weight.Columns), CacheLines.Up(depth.Inputs * _packing.ImageFloats), _spreading.ImageFloats);
        _tiles = threads * PlanePacking.TileFloats;
        ScratchBytes = checked(4 * (_weights + _inputs + _sums + _tiles) + _kernels[0].ScratchBytes);
    }

    public long ScratchBytes { get; }

    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* weights = (float*)scratch, inputs = weights + _weights, sums = inputs + _inputs, tiles = sums + _sums;
        _weight.DecodeRows(0, _weight.Rows, weights, _weight.Columns);
        foreach (Tap tap in _taps) tap.Values = weights;
        for (int image = 0; image < _images; image++)
        {
            _packing.Run(team, x, (long)image * _depth.Inputs, _depth.Inputs, inputs, tiles);
            for (int output = 0; output < _depth.Outputs; output++)
            {
                Sum(inputs, bias, output, sums, (byte*)(tiles + _tiles), team);
                _epilogue.Apply(sums, _sums);
                _spreading.Run(team, sums, (long)image * _depth.Outputs + output, 1, y);
            }
        }
    }

    /// <summary>A plane of the output: the taps that are inside, one after the other.</summary>
    private void Sum(float* inputs, float* bias, int output, float* sums, byte* scratch, ThreadTeam? team)
    {
        bool started = false;
        long plane = (long)output * _depth.Stride - _depth.Begin;
        for (int tap = 0; tap < _depth.Taps; tap++, plane += _depth.Dilation)
        {
            if ((ulong)plane >= (ulong)_depth.Inputs) continue;
            _kernels[tap].Run(inputs + plane * _packing.ImageFloats, started ? null : bias, started ? sums : null, sums, scratch, team);
            started = true;
        }
        if (!started) Fill(bias, sums);
    }

    /// <summary>Nothing but the bias.</summary>
    private void Fill(float* bias, float* sums)
    {
        long blockFloats = _sums / ((_channels + 15) / 16);
        for (long i = 0; i < _sums; i++)
        {
            long channel = i / blockFloats * 16 + i % 16;
            sums[i] = bias == null || channel >= _channels ? 0f : bias[channel];
        }
    }

    /// <summary>What a tap along the depth has of the weight, which lies decoded.</summary>
    private sealed class Tap(WeightTensor weight, int tap, int taps)
        : WeightTensor("", WeightRole.Conv, ElementType.Float32, [weight.Rows, 1, weight.KernelHeight, weight.KernelWidth], weight.Rows)
    {
        private readonly int _pitch = weight.Columns, _first = weight.Columns / taps * tap;

        public float* Values { get; set; }

        public override TensorFormat Format => TensorFormat.Dense;

        public override void DecodeRows(int first, int count, float* destination, long stride)
        {
            for (int r = first; r < first + count; r++, destination += stride)
                new Span<float>(Values + (long)r * _pitch + _first, Columns).CopyTo(new Span<float>(destination, Columns));
        }
    }
}
