using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Convolution with a low-rank weight whose subvectors hold the whole kernels of one or several input channels: d filters that all channels
/// share are applied to each, depthwise, and a pointwise convolution with the codewords follows (LR²VQ, Zhou et al. 2022, arXiv 2211.11397,
/// for slices along the kernel).</summary>
/// <remarks>It takes d/m of the multiply-adds of the direct form. Lanes are groups of channels: with several channels to a group the input is
/// first sorted by the place in the group, and what the filters make of each place is added.</remarks>
internal sealed unsafe class SharedFilterConv : IConvKernel
{
    private readonly ConvGeometry _g;
    private readonly DepthwiseConv[] _filters;
    private readonly DirectConv _narrow;
    private readonly int _channels, _groupBlocks;
    private readonly long _sortedFloats, _filteredFloats;
    private readonly Isa _isa;

    public SharedFilterConv(in ConvGeometry geometry, ProjectedWeight weight, Epilogue epilogue, TensorLayout output, Isa isa, int threads)
    {
        (_g, _isa) = (geometry, isa);
        _channels = weight.M / geometry.Taps;
        _groupBlocks = geometry.InputChannels / _channels / 16;
        ConvGeometry narrow = Narrow(geometry, weight);
        ConvGeometry filters = geometry with { InputChannels = narrow.InputChannels, OutputChannels = narrow.InputChannels, Groups = narrow.InputChannels };
        _filters = new DepthwiseConv[_channels];
        for (int c = 0; c < _channels; c++) _filters[c] = new DepthwiseConv(filters, new SharedFilters(filters, weight, c), default, isa, threads, weight.D);
        _narrow = new DirectConv(narrow, weight.Narrow, epilogue, TensorLayout.Blocked, output, isa, threads);
        _sortedFloats = _channels == 1 ? 0 : (long)_g.Batch * _g.InputChannels * _g.InputHeight * _g.InputWidth;
        _filteredFloats = (long)_g.Batch * narrow.InputChannels * _g.OutputHeight * _g.OutputWidth;
        ScratchBytes = checked(4 * (_sortedFloats + _filteredFloats) + Math.Max(_filters[0].ScratchBytes, _narrow.ScratchBytes));
    }

    public long ScratchBytes { get; }

    /// <summary>True if groups of channels fill whole blocks.</summary>
    public static bool Serves(in ConvGeometry g, ProjectedWeight weight) =>
        weight.Spatial && g.Groups == 1 && g.Left >= 0 && g.InputChannels % (weight.M / g.Taps * 16) == 0;

    /// <summary>The pointwise convolution that follows the filters.</summary>
    public static ConvGeometry Narrow(in ConvGeometry g, ProjectedWeight weight) => g with
    {
        InputChannels = weight.Narrow.Inputs, InputHeight = g.OutputHeight, InputWidth = g.OutputWidth, KernelHeight = 1, KernelWidth = 1,
        StrideY = 1, StrideX = 1, DilationY = 1, DilationX = 1, Top = 0, Left = 0,
    };

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* filtered = (float*)scratch, sorted = filtered + _filteredFloats;
        byte* rest = (byte*)(sorted + _sortedFloats);
        if (_channels == 1) sorted = x;
        else Ranges.Run(team, (long)_g.Batch * _groupBlocks, Ranges.Least(16L * _channels * _g.InputHeight * _g.InputWidth), new Sorting(this, x, sorted));
        long placeFloats = (long)_g.Batch * _groupBlocks * 16 * _g.InputHeight * _g.InputWidth;
        for (int c = 0; c < _channels; c++, sorted += placeFloats)
            _filters[c].Run(sorted, null, c == 0 ? null : filtered, filtered, rest, team);
        _narrow.Run(filtered, bias, residual, y, rest, team);
    }

    /// <summary>Blocks of groups of all images: from [block][pixel][16 channels] to [place in the group][image][block of groups][pixel][16 groups].</summary>
    private readonly struct Sorting(SharedFilterConv conv, float* x, float* sorted) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int places = conv._channels;
            long pixels = (long)conv._g.InputHeight * conv._g.InputWidth, blocks = (long)conv._g.Batch * conv._groupBlocks;
            for (long block = first; block < last; block++)
            {
                float* from = x + block * places * pixels * 16, to = sorted + block * pixels * 16;
                if (places == 2 && Avx512F.IsSupported && conv._isa == Isa.Vector512) Pairs(from, to, to + blocks * pixels * 16, pixels);
                else
                    for (int c = 0; c < 16 * places; c++)
                    {
                        float* source = from + c / 16 * pixels * 16 + c % 16, target = to + c % places * blocks * pixels * 16 + c / places;
                        for (long p = 0; p < pixels; p++) target[16 * p] = source[16 * p];
                    }
            }
        }

        private static void Pairs(float* from, float* even, float* odd, long pixels)
        {
            Vector512<int> evens = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), odds = evens + Vector512<int>.One;
            float* second = from + pixels * 16;
            for (long p = 0; p < 16 * pixels; p += 16)
            {
                Vector512<float> a = Vector512.Load(from + p), b = Vector512.Load(second + p);
                Avx512F.PermuteVar16x32x2(a, evens, b).Store(even + p);
                Avx512F.PermuteVar16x32x2(a, odds, b).Store(odd + p);
            }
        }
    }

    /// <summary>The filters of one place in the group, as the weight of a depthwise convolution: block b of its channels has filter b mod d in all lanes.</summary>
    private sealed class SharedFilters(ConvGeometry filters, ProjectedWeight weight, int place)
        : WeightTensor("filters", WeightRole.Conv, ElementType.Float32, [filters.OutputChannels, 1, filters.KernelHeight, filters.KernelWidth], filters.Groups)
    {
        public override TensorFormat Format => TensorFormat.Dense;

        public override void DecodeRows(int first, int count, float* destination, long stride)
        {
            for (int row = first; row < first + count; row++, destination += stride)
                for (int tap = 0; tap < Columns; tap++) destination[tap] = Tap(row, tap);
        }

        public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
        {
            for (int tap = 0; tap < Columns; tap++) new Span<float>(panel + tap * 16, 16).Fill(Tap(first, tap));
        }

        private float Tap(int row, int tap) => weight.Basis[row / 16 % weight.D * weight.M + place * Columns + tap];
    }
}
