using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Transposed convolution: output pixels of equal position modulo the stride form a phase, and each phase is an ordinary
/// convolution at stride 1 with some of the taps.</summary>
internal sealed unsafe class TransposedConv : ITransposedConv
{
    /// <summary>Multiply-adds of vectors that are worth a share.</summary>
    private const long LeastShare = 1 << 13;

    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly TileSet _tiles;
    private readonly bool _direct;
    private readonly Phase[] _rows, _columns;
    private readonly int _firstRow, _windowRows, _firstColumn, _windowColumns, _blocks, _tileBlocks, _tilePixels;
    private readonly long _xRow, _xBlock, _windowFloats, _weightFloats, _panelFloats, _biasFloats, _outFloats, _least;

    /// <summary>Taps first, first + step, … (count of them) reach the outputs phase, phase + stride, …; tap number j reads input
    /// <see cref="Base"/> + i − j·<see cref="Back"/> for output number i. A count of 0 leaves only the bias.</summary>
    private readonly record struct Phase(int Output, int Outputs, int Tap, int TapStep, int Taps, int Base, int Back)
    {
        public static Phase[] All(int outputs, int stride, int before, int dilation, int taps)
        {
            var phases = new Phase[Math.Min(stride, outputs)];
            for (int p = 0; p < phases.Length; p++)
            {
                int first = -1, step = 0, count = 0;
                for (int k = 0; k < taps; k++)
                {
                    if ((p + before - k * dilation) % stride != 0) continue;
                    if (count == 0) first = k;
                    else if (count == 1) step = k - first;
                    count++;
                }
                phases[p] = new Phase(p, (outputs - p + stride - 1) / stride, Math.Max(first, 0), step, count,
                    count == 0 ? 0 : (p + before - first * dilation) / stride, step * dilation / stride);
            }
            return phases;
        }

        public int First => Taps == 0 ? 0 : Base - (Taps - 1) * Back;
        public int Last => Base + Outputs - 1;
    }

    public TransposedConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa)
    {
        ConvGeometry g = geometry;
        (_g, _weight, _epilogue) = (g, weight, epilogue);
        _in = new ImageLayout(input, g.InputChannels, g.InputHeight, g.InputWidth);
        _out = new ImageLayout(output, g.OutputChannels, g.OutputHeight, g.OutputWidth);
        _direct = output == TensorLayout.Blocked && (g.Groups == 1 || g.GroupOutputs % 16 == 0);
        _rows = Phase.All(g.OutputHeight, g.StrideY, g.Top, g.DilationY, g.KernelHeight);
        _columns = Phase.All(g.OutputWidth, g.StrideX, g.Left, g.DilationX, g.KernelWidth);
        (_firstRow, _windowRows) = Span(_rows);
        (_firstColumn, _windowColumns) = Span(_columns);
        _xRow = _windowColumns * 16L;
        _xBlock = _windowRows * _xRow + 16;
        _windowFloats = _xBlock * ((g.GroupInputs + 15) / 16);
        _blocks = (g.GroupOutputs + 15) / 16;
        _tiles = new TileSet(isa, 16);
        (_tileBlocks, _tilePixels) = _tiles.Shapes.Choose(_blocks, (g.OutputWidth + g.StrideX - 1) / g.StrideX, fewStreams: false);
        long taps = 0;
        foreach (Phase row in _rows)
            foreach (Phase column in _columns) taps += PhaseTaps(row, column);
        _weightFloats = _tileBlocks * (taps * g.GroupInputs * 16 + _rows.Length * _columns.Length * 16L);
        _panelFloats = weight.Columns * 16L;
        _least = Math.Max(1, LeastShare * _g.StrideY * _g.StrideX / Math.Max(1, (long)g.OutputWidth * _tileBlocks * g.Taps * g.GroupInputs));
        _biasFloats = (g.OutputChannels + 47L) & ~15L;
        _outFloats = _direct ? 0 : _tileBlocks * _out.Pixels * 16;
        ScratchBytes = checked(4 * (_biasFloats + _weightFloats + 2 * _panelFloats + _windowFloats + _outFloats));
    }

    public long ScratchBytes { get; }

    private static (int First, int Count) Span(Phase[] phases)
    {
        int first = 0, last = 0;
        foreach (Phase phase in phases) (first, last) = (Math.Min(first, phase.First), Math.Max(last, phase.Last));
        return (first, last - first + 1);
    }

    /// <summary>A phase without taps gets one of zeros.</summary>
    private static int PhaseTaps(Phase row, Phase column) => Math.Max(1, row.Taps * column.Taps);

    private long WeightBlock(Phase row, Phase column) => PhaseTaps(row, column) * _g.GroupInputs * 16L + 16;

    /// <param name="team">Null, or the threads that share the output rows.</param>
    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch, weights = biases + _biasFloats, panel = weights + _weightFloats;
        float* decode = panel + _panelFloats, window = decode + _panelFloats, image = window + _windowFloats;
        NativeMemory.Clear(biases, (nuint)_biasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        for (int n = 0; n < _g.Batch; n++, x += _in.ImageFloats, y += _out.ImageFloats)
        {
            for (int group = 0; group < _g.Groups; group++)
            {
                BlockedCopy.Read(x, _in, group * _g.GroupInputs, _g.GroupInputs, _firstRow, _windowRows, _firstColumn, _windowColumns,
                    window, _xRow, _xBlock);
                for (int block = 0; block < _blocks; block += _tileBlocks)
                {
                    int count = Math.Min(_tileBlocks, _blocks - block), channel = group * _g.GroupOutputs + block * 16;
                    float* to = _direct ? y + (channel >> 4) * _out.Pixels * 16 : image;
                    Decode(channel, count, weights, panel, decode);
                    Ranges.Run(team, _g.OutputHeight, _least, new OutputRows(this, window, weights, biases + channel, to, count));
                    for (int b = 0; b < count; b++, to += _out.Pixels * 16) Finish(to, y, channel + b * 16, _g.GroupOutputs - (block + b) * 16);
                }
            }
            if (!_direct && _out.Layout == TensorLayout.Blocked && _out.Channels % 16 != 0)
                BlockedCopy.ClearLanes(y + _out.ImageFloats - _out.Pixels * 16, _out.Pixels, _out.Channels % 16);
        }
    }

    private void Finish(float* block, float* y, int channel, int left)
    {
        int lanes = Math.Min(16, left);
        if (!_epilogue.InTile) _epilogue.Apply(block, _out.Pixels * 16);
        if (!_direct) BlockedCopy.Write(block, y, _out, channel, lanes, 0, _out.Pixels);
        else if (lanes < 16 && !_epilogue.KeepsZero) BlockedCopy.ClearLanes(block, _out.Pixels, lanes);
    }

    /// <summary>Panels for every phase: [phase][block][block of inputs][tap][input][16].</summary>
    private void Decode(int channel, int blocks, float* weights, float* panel, float* scratch)
    {
        int inputs = _g.GroupInputs;
        for (int b = 0; b < blocks; b++)
        {
            _weight.DecodePanel16(channel + b * 16, 0, inputs, panel, scratch);
            float* phase = weights;
            foreach (Phase row in _rows)
                foreach (Phase column in _columns)
                {
                    float* to = phase + b * WeightBlock(row, column);
                    phase += blocks * WeightBlock(row, column);
                    if (row.Taps * column.Taps == 0)
                    {
                        NativeMemory.Clear(to, (nuint)inputs * 64);
                        continue;
                    }
                    for (int i = 0; i < inputs; i += 16)
                    {
                        int lanes = Math.Min(16, inputs - i);
                        for (int jy = 0; jy < row.Taps; jy++)
                            for (int jx = 0; jx < column.Taps; jx++, to += lanes * 16)
                            {
                                int tap = (row.Tap + jy * row.TapStep) * _g.KernelWidth + column.Tap + jx * column.TapStep;
                                NativeMemory.Copy(panel + ((long)i * _g.Taps + tap * lanes) * 16, to, (nuint)lanes * 64);
                            }
                    }
                }
        }
    }

    private readonly struct OutputRows(TransposedConv conv, float* window, float* weights, float* bias, float* y, int blocks) : IRange
    {
        public void Do(long first, long last, int slot) => conv.Rows(window, weights, bias, y, blocks, (int)first, (int)last);
    }

    /// <summary>Output rows [first, last) of some blocks.</summary>
    private void Rows(float* window, float* weights, float* bias, float* y, int blocks, int first, int last)
    {
        Tile tile = default;
        tile.YStep = _g.StrideX * 16L;
        tile.YBlock = _out.Pixels * 16;
        tile.Bias = bias;
        tile.Outer = (_g.GroupInputs + 15) / 16;
        tile.Steps = 16;
        tile.LastSteps = _g.GroupInputs - (tile.Outer - 1) * 16;
        tile.XOuter = _xBlock;
        if (_epilogue.InTile) _epilogue.Configure(ref tile);
        foreach (Phase row in _rows)
            foreach (Phase column in _columns)
            {
                bool none = row.Taps * column.Taps == 0;
                tile.W = weights;
                tile.WBlock = WeightBlock(row, column);
                weights += blocks * tile.WBlock;
                (tile.Middle, tile.Inner) = none ? (1, 1) : (row.Taps, column.Taps);
                tile.XMiddle = -row.Back * _xRow;
                tile.XInner = -column.Back * 16L;
                int begin = Math.Max(0, (first - row.Output + _g.StrideY - 1) / _g.StrideY), end = Math.Min(row.Outputs, (last - row.Output + _g.StrideY - 1) / _g.StrideY);
                float* from = window + ((none ? 0 : row.Base) - _firstRow + begin) * _xRow + ((none ? 0 : column.Base) - _firstColumn) * 16L;
                for (int i = begin; i < end; i++, from += _xRow)
                {
                    tile.X = from;
                    tile.Y = y + ((long)(row.Output + i * _g.StrideY) * _g.OutputWidth + column.Output) * 16;
                    _tiles.Row(&tile, blocks, column.Outputs, _tilePixels, 16);
                }
            }
    }
}
