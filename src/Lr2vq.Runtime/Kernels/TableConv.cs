using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Convolution with byte codes by tables: the products of all entries with the pixels of a group of input channels are formed once
/// and serve all output channels and all kernel positions; each output channel then adds one row of a table for each code. Lanes are
/// pixels.</summary>
/// <remarks>A row of a table holds an image plane by plane (as many planes as the strides make of it), each with zeros in front and rows so far
/// apart that what lies beside one row is zero too; a kernel position is then a distance in the row, the same for all pixels. Kernels of one
/// position need none of this: their pixels are cut into blocks of a few vectors.
/// Tables of several groups are made before they are added, so that sums are seldom written and read again. Where one image is all there is to
/// divide, the groups are summed in two halves, for any number of threads: threads that divided the outputs would each make all tables.</remarks>
internal sealed unsafe class TableConv : IConvKernel, IShared
{
    /// <summary>Bytes of the tables of several groups, for pixels in planes and for pointwise convolutions, which add less of each; of one table.</summary>
    private const long Tables = 192 << 10, PointwiseTables = 384 << 10, OneTable = 384 << 10;

    /// <summary>Groups that are worth two halves.</summary>
    private const int FewestGroups = 4;

    /// <summary>Pixels of a block of a pointwise convolution.</summary>
    private const int BlockPixels = 48;

    private readonly ConvGeometry _g;
    private readonly ByteCodebook _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly Plan _plan;
    private readonly delegate*<float*, float*, float*, float*, float*, int, void> _finish;
    private readonly TableKernels _kernels, _lastKernels;
    private readonly int _together, _pixels, _blocks, _outputBlocks, _halves, _halfGroups, _parts, _partBlocks;
    private readonly long _entryFloats, _biasFloats, _halfFloats, _xFloats, _tableFloats, _yFloats, _tileFloats, _stepFloats, _slotFloats;

    public TableConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa, int threads = 1)
    {
        ConvGeometry g = geometry;
        (_g, _weight, _epilogue) = (g, weight.AsByteCodebook()!, epilogue);
        _in = new ImageLayout(TensorLayout.Blocked, g.InputChannels, g.InputHeight, g.InputWidth);
        _out = new ImageLayout(TensorLayout.Blocked, g.OutputChannels, g.OutputHeight, g.OutputWidth);
        _outputBlocks = _out.Blocks;
        _kernels = _lastKernels = TableKernels.Find(isa);
        _finish = _kernels.Finish;
        _pixels = checked(g.OutputHeight * g.OutputWidth);
        _blocks = 1;
        _plan = new Plan(g, isa);
        if (_plan.Pointwise)
        {
            _blocks = (_pixels + BlockPixels - 1) / BlockPixels;
            // A few pixels that are left over take narrower vectors.
            int last = _pixels - (_blocks - 1) * BlockPixels;
            if (last <= 8) _lastKernels = TableKernels.Find(last <= 4 ? Less(isa, Isa.Vector128) : Less(isa, Isa.Vector256));
        }
        int images = _blocks * g.Batch;
        _halves = !_plan.Pointwise && images == 1 && _weight.Groups >= FewestGroups ? 2 : 1;
        _halfGroups = (_weight.Groups + _halves - 1) / _halves;
        _parts = Math.Clamp((threads + images * _halves - 1) / (images * _halves), 1, _outputBlocks);
        _partBlocks = (_outputBlocks + _parts - 1) / _parts;

        _entryFloats = Round((long)_weight.M * _weight.Count);
        _biasFloats = _outputBlocks * 16L;
        _xFloats = _in.Blocks * 16L * _plan.Lanes;
        _together = Together(_plan, _weight);
        _tableFloats = _together * _weight.Count * (long)_plan.Row + _plan.Before + _plan.Beyond;
        _halfFloats = _halves == 1 ? 0 : _outputBlocks * 16L * _plan.OutputLanes;
        _yFloats = _halves == 1 ? _partBlocks * 16L * _plan.OutputLanes : 0;
        _tileFloats = Math.Max(_plan.OutputLanes, g.InputWidth) * 16L;
        _stepFloats = Round((long)_together * g.Taps * sizeof(TableStep) / 4);
        _slotFloats = _xFloats + _tableFloats + _yFloats + _tileFloats + _stepFloats;
        ScratchBytes = checked(4 * (_entryFloats + 2 * _biasFloats + _halves * _halfFloats + threads * _slotFloats));
    }

    public long ScratchBytes { get; }

    public static bool Serves(in ConvGeometry g, WeightTensor weight, TensorLayout input, TensorLayout output)
    {
        if (input != TensorLayout.Blocked || output != TensorLayout.Blocked || g.Groups != 1 || weight.AsByteCodebook() is not { } codes) return false;
        return new Plan(g, Isa.Scalar).Row * 4L * codes.Count <= OneTable;
    }

    /// <summary>What there is to do, in vectors: multiply-adds of products, products stored, rows of tables added, sums written.</summary>
    public static (double Multiplied, double Stored, double Added, double Summed) WorkOf(in ConvGeometry g, ByteCodebook codes, Isa isa)
    {
        var plan = new Plan(g, isa);
        // Pixels that are left over cost as much as a vector.
        double pixels = plan.Pointwise ? Round((long)g.OutputHeight * g.OutputWidth) : plan.Seven ? g.OutputHeight * g.OutputWidth : plan.OutputLanes;
        double stored = g.Batch * (plan.Pointwise ? pixels : plan.Lanes) / 16 * codes.Groups * codes.Count, sums = g.Batch * pixels / 16 * g.OutputChannels;
        return (stored * codes.M, stored, sums * g.Taps * codes.Groups, sums * ((codes.Groups + Together(plan, codes) - 1) / Together(plan, codes)));
    }

    private static Isa Less(Isa a, Isa b) => a < b ? a : b;

    private static long Round(long floats) => (floats + 15) & ~15L;

    /// <summary>How many groups have their tables at the same time: equal parts.</summary>
    private static int Together(in Plan plan, ByteCodebook codes)
    {
        int most = (int)Math.Clamp((plan.Pointwise ? PointwiseTables : Tables) / (plan.Row * 4L * codes.Count), 1, codes.Groups);
        int passes = (codes.Groups + most - 1) / most;
        return (codes.Groups + passes - 1) / passes;
    }

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* entries = (float*)scratch, scales = entries + _entryFloats, biases = scales + _biasFloats, halves = biases + _biasFloats;
        int m = _weight.M, count = _weight.Count;
        for (int j = 0; j < count; j++)
            for (int t = 0; t < m; t++) entries[t * count + j] = _weight.Entries[j * m + t];
        for (int o = 0; o < _biasFloats; o++)
        {
            bool real = o < _g.OutputChannels;
            scales[o] = !real ? 0f : _weight.Scales == null ? 1f : _weight.Scales[o];
            biases[o] = !real || bias == null ? 0f : bias[o];
        }
        var call = new Call { X = x, Entries = entries, Scales = scales, Biases = biases, Residual = residual, Y = y, Halves = halves, Slots = halves + _halves * _halfFloats };
        Do(team, &call, Sums, _g.Batch * _blocks * _halves * _parts);
        if (_halves > 1) Do(team, &call, Join, _outputBlocks);
    }

    private const int Sums = 0, Join = 1;

    private struct Call
    {
        public float* X, Entries, Scales, Biases, Residual, Y, Halves, Slots;
    }

    private void Do(ThreadTeam? team, Call* call, int phase, int shares)
    {
        if (team is not null) team.Run(this, call, phase, shares);
        else
            for (int share = 0; share < shares; share++) Share(*call, phase, share, 0);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Share(*(Call*)call, phase, share, slot);

    private void Share(in Call call, int phase, int share, int slot)
    {
        float* scratch = call.Slots + slot * _slotFloats;
        if (phase == Join) JoinHalves(call, share, scratch);
        else Compute(call, share, scratch);
    }

    /// <summary>Some output channels of a block of pixels, for all groups of input channels or half of them.</summary>
    [MethodImpl(Compile.Loop)]
    private void Compute(in Call call, int share, float* x)
    {
        float* tables = x + _xFloats, sums = tables + _tableFloats, tile = sums + _yFloats;
        TableStep* steps = (TableStep*)(tile + _tileFloats);
        int rest = Math.DivRem(share, _parts, out int part), image = Math.DivRem(Math.DivRem(rest, _halves, out int half), _blocks, out int block);
        int firstGroup = half * _halfGroups, lastGroup = Math.Min(_weight.Groups, firstGroup + _halfGroups);
        int firstBlock = part * _partBlocks, lastBlock = Math.Min(_outputBlocks, firstBlock + _partBlocks);
        TableKernels kernels = block == _blocks - 1 ? _lastKernels : _kernels;
        int row = _plan.Row, lanes = _plan.Lanes, outputLanes = _plan.OutputLanes, pixel = 0, pixels = _pixels;
        if (_plan.Pointwise)
        {
            pixel = block * BlockPixels;
            pixels = Math.Min(BlockPixels, _pixels - pixel);
            row = lanes = outputLanes = (pixels + kernels.Width - 1) / kernels.Width * kernels.Width;
        }
        if (_halves > 1) sums = call.Halves + half * _halfFloats + firstBlock * 16L * outputLanes;
        float* from = call.X + image * _in.ImageFloats;
        // Blocks of the channels that these groups have.
        int firstIn = firstGroup * _weight.M / 16, lastIn = Math.Min(_in.Blocks, (lastGroup * _weight.M + 15) / 16);
        if (!_plan.Pointwise || lanes > pixels) NativeMemory.Clear(x + firstIn * 16L * lanes, (nuint)(lastIn - firstIn) * 64 * (nuint)lanes);
        for (int b = firstIn; b < lastIn; b++)
            if (_plan.Pointwise) Pixels(from, b, pixel, pixels, lanes, x, tile);
            else Planes(from, b, x, tile);

        // The zeros in front of planes, which products never touch.
        if (!_plan.Pointwise) NativeMemory.Clear(tables, (nuint)(_tableFloats * 4));
        tables += _plan.Before;
        TableSums t = default;
        t.Tables = (byte*)tables;
        t.TableBytes = (nint)_weight.Count * row * 4;
        (t.Entry, t.YRow, t.Lanes) = ((nuint)row * 4, outputLanes, outputLanes);
        for (int group = firstGroup; group < lastGroup; group += _together)
        {
            int groups = Math.Min(_together, lastGroup - group);
            for (int i = 0; i < groups; i++)
            {
                float* table = tables + i * (long)_weight.Count * row, channels = x + (group + i) * (long)_weight.M * lanes;
                for (int plane = 0; plane < _plan.Strides; plane++)
                    kernels.Products(channels + plane * _plan.PlaneLanes, lanes, call.Entries, _weight.M, _weight.Count,
                        table + plane * _plan.Plane + _plan.Lead, row, lanes / _plan.Strides);
            }
            (t.Begin, t.Groups) = (group == firstGroup, groups);
            for (int o = firstBlock; o < lastBlock; o++)
            {
                // The next codes; they come in pieces from afar.
                if (Sse.IsSupported)
                {
                    byte* next = o + 1 < lastBlock ? _weight.CodesOf(o + 1, group) : _weight.CodesOf(firstBlock, Math.Min(group + groups, lastGroup - 1));
                    for (int i = 0; i < groups * _g.Taps * 16; i += 64) Sse.Prefetch0(next + i);
                }
                int rows = Math.Min(16, _g.OutputChannels - o * 16);
                if (o == firstBlock || rows != t.Rows) Steps(tables, row, groups, rows, steps, ref t);
                t.Rows = rows;
                t.CodeStep = rows;
                t.Codes = _weight.CodesOf(o, group);
                t.Y = sums + (o - firstBlock) * 16L * outputLanes;
                if (!_plan.Seven) kernels.Sums(&t);
                else if (_g.StrideX == 1) TableSeven.Add<TableSeven.One>(&t);
                else TableSeven.Add<TableSeven.Two>(&t);
            }
        }
        if (_halves > 1) return;
        for (int o = firstBlock; o < lastBlock; o++)
            Finish(call, image, o, sums + (o - firstBlock) * 16L * outputLanes, outputLanes, pixel, pixels, tile);
    }

    /// <summary>A block of output channels of the only image.</summary>
    private void JoinHalves(in Call call, int block, float* scratch)
    {
        long floats = 16L * _plan.OutputLanes;
        float* sums = call.Halves + block * floats, tile = scratch + _xFloats + _tableFloats;
        Lanes.Map2(sums, sums + _halfFloats, sums, floats, default(AddKernel));
        Finish(call, 0, block, sums, _plan.OutputLanes, 0, _pixels, tile);
    }

    /// <summary>The steps for some groups whose codes lie <paramref name="rows"/> bytes apart.</summary>
    private void Steps(float* tables, int row, int groups, int rows, TableStep* steps, ref TableSums t)
    {
        t.First = t.End = steps;
        for (int i = 0; i < groups; i++)
            for (int tap = 0; tap < _g.Taps; tap++)
                *t.End++ = new TableStep { Table = (byte*)(tables + i * (long)_weight.Count * row + _plan.OffsetOf(_g, tap)), Code = (i * (nint)_g.Taps + tap) * rows };
    }

    /// <summary>Neighbouring output pixels of a pointwise convolution: [channel][lanes]; a block of channels.</summary>
    private void Pixels(float* image, int block, int pixel, int pixels, int lanes, float* x, float* tile)
    {
        image += block * _in.Pixels * 16;
        float* from = image + pixel * 16L;
        if (_g.StrideX != 1 || _g.StrideY != 1)
        {
            (int row, int column) = Math.DivRem(pixel, _g.OutputWidth);
            for (int i = 0; i < pixels; i++)
            {
                NativeMemory.Copy(image + ((long)row * _g.StrideY * _g.InputWidth + column * _g.StrideX) * 16, tile + i * 16, 64);
                if (++column == _g.OutputWidth) (row, column) = (row + 1, 0);
            }
            from = tile;
        }
        Transpose16.FromLanes(from, pixels, Math.Min(16, _g.InputChannels - block * 16), x + block * 16L * lanes, lanes);
    }

    /// <summary>An image as planes: [channel][plane][row][column]; a block of channels.</summary>
    private void Planes(float* image, int block, float* x, float* tile)
    {
        image += block * _in.Pixels * 16;
        x += block * 16L * _plan.Lanes;
        for (int plane = 0; plane < _plan.Strides; plane++)
        {
            (int firstRow, int firstColumn) = Math.DivRem(plane, _g.StrideX);
            int columns = (_g.InputWidth - firstColumn + _g.StrideX - 1) / _g.StrideX;
            float* to = x + plane * _plan.PlaneLanes;
            for (int row = firstRow; row < _g.InputHeight; row += _g.StrideY, to += _plan.Pitch)
            {
                float* from = image + ((long)row * _g.InputWidth + firstColumn) * 16;
                if (_g.StrideX != 1)
                {
                    for (int c = 0; c < columns; c++) NativeMemory.Copy(from + (long)c * _g.StrideX * 16, tile + c * 16, 64);
                    from = tile;
                }
                Transpose16.FromLanes(from, columns, Math.Min(16, _g.InputChannels - block * 16), to, _plan.Lanes);
            }
        }
    }

    /// <summary>Sums to output: scale, bias, residual, activation.</summary>
    private void Finish(in Call call, int image, int block, float* sums, int lanes, int pixel, int pixels, float* tile)
    {
        int real = Math.Min(16, _g.OutputChannels - block * 16);
        float* scale = call.Scales + block * 16, bias = call.Biases + block * 16;
        Transpose16.ToLanes(sums, lanes, real, lanes, tile);
        long offset = ((image * (long)_outputBlocks + block) * _pixels + pixel) * 16;
        float* to = call.Y + offset, start = to, add = call.Residual == null ? null : call.Residual + offset;
        int columns = _plan.Pointwise ? pixels : _g.OutputWidth;
        for (int done = 0; done < pixels; done += columns, tile += _plan.Pitch * 16L, to += columns * 16L)
        {
            _finish(tile, scale, bias, add, to, columns);
            if (add != null) add += columns * 16L;
        }
        _epilogue.Apply(start, pixels * 16L);
        if (real < 16 && !_epilogue.KeepsZero) BlockedCopy.ClearLanes(start, pixels, real);
    }

    /// <summary>How pixels lie in a row of a table, in floats.</summary>
    private readonly struct Plan
    {
        /// <summary>One kernel position on whole images: blocks of neighbouring pixels instead of planes.</summary>
        public readonly bool Pointwise;
        /// <summary>Seven rows of eight lanes, see <see cref="TableSeven"/>.</summary>
        public readonly bool Seven;
        /// <summary>Planes: every StrideX-th column of every StrideY-th row.</summary>
        public readonly int Strides;
        /// <summary>From a row of pixels to the next.</summary>
        public readonly int Pitch;
        /// <summary>Zeros in front of a plane, its pixels with zeros beside them, and its length with all zeros.</summary>
        public readonly int Lead, PlaneLanes, Plane;
        /// <summary>Pixels of all planes; the length of a row of a table.</summary>
        public readonly int Lanes, Row;
        /// <summary>Lanes that hold all output pixels.</summary>
        public readonly int OutputLanes;
        /// <summary>What the last row reads beyond its end.</summary>
        public readonly int Beyond;
        /// <summary>Zeros that the first row reads in front of its beginning.</summary>
        public readonly int Before;

        public Plan(in ConvGeometry g, Isa isa)
        {
            Pointwise = g.Taps == 1 && g.Top == 0 && g.Left == 0 && g.StaysInside;
            if (Pointwise)
            {
                (Strides, Pitch, Row) = (1, 0, BlockPixels);
                (PlaneLanes, Plane, Lanes, OutputLanes) = (Row, Row, Row, Row);
                return;
            }
            Strides = g.StrideX * g.StrideY;
            int rows = (g.InputHeight + g.StrideY - 1) / g.StrideY, columns = (g.InputWidth + g.StrideX - 1) / g.StrideX;
            int up = -Math.Min(0, Floor(-g.Top, g.StrideY)), left = -Math.Min(0, Floor(-g.Left, g.StrideX));
            int down = Math.Max(0, Floor((g.KernelHeight - 1) * g.DilationY - g.Top, g.StrideY)), right = Math.Max(0, Floor((g.KernelWidth - 1) * g.DilationX - g.Left, g.StrideX));
            Pitch = Math.Max(columns + left, g.OutputWidth + right);
            Seven = TableSeven.Serves(g, isa);
            if (Seven)
            {
                (Before, Plane, PlaneLanes, OutputLanes) = (16, TableSeven.PlaneLanes, TableSeven.PlaneLanes, TableSeven.PlaneLanes);
                (Lanes, Row) = (Strides * PlaneLanes, Odd(Strides * Plane));
                return;
            }
            Lead = Up(up * Pitch + left);
            PlaneLanes = Up(rows * Pitch);
            // The zeros in front of the next plane follow.
            int last = (g.OutputHeight - 1 + down) * Pitch + g.OutputWidth - 1 + right;
            Plane = Lead + PlaneLanes + Up(Math.Max(0, last + 1 - PlaneLanes - Lead));
            (Lanes, Row) = (Strides * PlaneLanes, Odd(Strides * Plane));
            OutputLanes = Up((g.OutputHeight - 1) * Pitch + g.OutputWidth);
            Beyond = Lead + Up(Math.Max(0, down * Pitch + right + OutputLanes - PlaneLanes));
        }

        /// <summary>Where in a row the first output pixel finds what a kernel position multiplies.</summary>
        public int OffsetOf(in ConvGeometry g, int tap)
        {
            if (Pointwise) return 0;
            int y = tap / g.KernelWidth * g.DilationY - g.Top, x = tap % g.KernelWidth * g.DilationX - g.Left;
            int row = Floor(y, g.StrideY), column = Floor(x, g.StrideX), plane = (y - row * g.StrideY) * g.StrideX + x - column * g.StrideX;
            return plane * Plane + Lead + row * Pitch + column;
        }

        private static int Floor(int a, int b) => a >= 0 ? a / b : -((b - 1 - a) / b);

        /// <summary>An odd number of cache lines: rows at distances of powers of two get in each other's way.</summary>
        private static int Odd(int floats) => floats | 16;

        private static int Up(int floats) => (floats + 15) & ~15;
    }
}
