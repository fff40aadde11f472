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
    private readonly TablePlan _plan;
    private readonly TableLayout _layout;
    private readonly ConvGeometry _g;
    private readonly ByteCodebook _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in;
    private readonly delegate*<float*, float*, float*, float*, float*, int, void> _finish;
    private readonly TableKernels _kernels, _lastKernels;

    public TableConv(TablePlan plan, ByteCodebook weight, Epilogue epilogue, Isa isa)
    {
        (_plan, _layout, _g, _in) = (plan, plan.Layout, plan.Geometry, plan.Input);
        (_weight, _epilogue) = (weight, epilogue);
        _kernels = TableKernels.Find(isa);
        _lastKernels = TableKernels.Find(plan.LastIsa);
        _finish = _kernels.Finish;
    }

    public TableConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa, int threads = 1)
        : this(TablePlan.Of(geometry, TableCodes.Of(weight.AsByteCodebook()!), isa, threads), weight.AsByteCodebook()!, epilogue, isa)
    {
    }

    public long ScratchBytes => _plan.ScratchBytes;

    public static bool Serves(in ConvGeometry g, WeightTensor weight, TensorLayout input, TensorLayout output) =>
        input == TensorLayout.Blocked && output == TensorLayout.Blocked && g.Groups == 1
        && weight.AsByteCodebook() is { } codes && TablePlan.Serves(g, TableCodes.Of(codes));

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* entries = (float*)scratch, scales = entries + _plan.EntryFloats, biases = scales + _plan.BiasFloats, halves = biases + _plan.BiasFloats;
        int m = _weight.M, count = _weight.Count;
        for (int j = 0; j < count; j++)
            for (int t = 0; t < m; t++) entries[t * count + j] = _weight.Entries[j * m + t];
        for (int o = 0; o < _plan.BiasFloats; o++)
        {
            bool real = o < _g.OutputChannels;
            scales[o] = !real ? 0f : _weight.Scales == null ? 1f : _weight.Scales[o];
            biases[o] = !real || bias == null ? 0f : bias[o];
        }
        var call = new Call { X = x, Entries = entries, Scales = scales, Biases = biases, Residual = residual, Y = y, Halves = halves, Slots = halves + _plan.Halves * _plan.HalfFloats };
        Do(team, &call, Sums, _g.Batch * _plan.Blocks * _plan.Halves * _plan.Parts);
        if (_plan.Halves > 1) Do(team, &call, Join, _plan.OutputBlocks);
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
        float* scratch = call.Slots + slot * _plan.SlotFloats;
        if (phase == Join) JoinHalves(call, share, scratch);
        else Compute(call, share, scratch);
    }

    /// <summary>Some output channels of a block of pixels, for all groups of input channels or half of them.</summary>
    [MethodImpl(Compile.Loop)]
    private void Compute(in Call call, int share, float* x)
    {
        float* tables = x + _plan.XFloats, sums = tables + _plan.TableFloats, tile = sums + _plan.YFloats;
        TableStep* steps = (TableStep*)(tile + _plan.TileFloats);
        int rest = Math.DivRem(share, _plan.Parts, out int part), image = Math.DivRem(Math.DivRem(rest, _plan.Halves, out int half), _plan.Blocks, out int block);
        int firstGroup = half * _plan.HalfGroups, lastGroup = Math.Min(_weight.Groups, firstGroup + _plan.HalfGroups);
        int firstBlock = part * _plan.PartBlocks, lastBlock = Math.Min(_plan.OutputBlocks, firstBlock + _plan.PartBlocks);
        TableKernels kernels = block == _plan.Blocks - 1 ? _lastKernels : _kernels;
        int row = _layout.Row, lanes = _layout.Lanes, outputLanes = _layout.OutputLanes, pixel = 0, pixels = _plan.Pixels;
        if (_layout.Pointwise)
        {
            pixel = block * TableLayout.BlockPixels;
            pixels = Math.Min(TableLayout.BlockPixels, _plan.Pixels - pixel);
            row = lanes = outputLanes = (pixels + kernels.Width - 1) / kernels.Width * kernels.Width;
        }
        if (_plan.Halves > 1) sums = call.Halves + half * _plan.HalfFloats + firstBlock * 16L * outputLanes;
        float* from = call.X + image * _in.ImageFloats;
        // Blocks of the channels that these groups have.
        int firstIn = firstGroup * _weight.M / 16, lastIn = Math.Min(_in.Blocks, (lastGroup * _weight.M + 15) / 16);
        if (!_layout.Pointwise || lanes > pixels) NativeMemory.Clear(x + firstIn * 16L * lanes, (nuint)(lastIn - firstIn) * 64 * (nuint)lanes);
        for (int b = firstIn; b < lastIn; b++)
            if (_layout.Pointwise) Pixels(from, b, pixel, pixels, lanes, x, tile);
            else Planes(from, b, x, tile);

        // The zeros in front of planes, which products never touch.
        if (!_layout.Pointwise) NativeMemory.Clear(tables, (nuint)(_plan.TableFloats * 4));
        tables += _layout.Before;
        TableSums t = default;
        t.Tables = (byte*)tables;
        t.TableBytes = (nint)_weight.Count * row * 4;
        (t.Entry, t.YRow, t.Lanes) = ((nuint)row * 4, outputLanes, outputLanes);
        for (int group = firstGroup; group < lastGroup; group += _plan.Together)
        {
            int groups = Math.Min(_plan.Together, lastGroup - group);
            for (int i = 0; i < groups; i++)
            {
                float* table = tables + i * (long)_weight.Count * row, channels = x + (group + i) * (long)_weight.M * lanes;
                for (int plane = 0; plane < _layout.Strides; plane++)
                    kernels.Products(channels + plane * _layout.PlaneLanes, lanes, call.Entries, _weight.M, _weight.Count,
                        table + plane * _layout.Plane + _layout.Lead, row, lanes / _layout.Strides);
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
                if (!_layout.Seven) kernels.Sums(&t);
                else if (_g.StrideX == 1) TableSeven.Add<TableSeven.One>(&t);
                else TableSeven.Add<TableSeven.Two>(&t);
            }
        }
        if (_plan.Halves > 1) return;
        for (int o = firstBlock; o < lastBlock; o++)
            Finish(call, image, o, sums + (o - firstBlock) * 16L * outputLanes, outputLanes, pixel, pixels, tile);
    }

    /// <summary>A block of output channels of the only image.</summary>
    private void JoinHalves(in Call call, int block, float* scratch)
    {
        long floats = 16L * _layout.OutputLanes;
        float* sums = call.Halves + block * floats, tile = scratch + _plan.XFloats + _plan.TableFloats;
        Lanes.Map2(sums, sums + _plan.HalfFloats, sums, floats, default(AddKernel));
        Finish(call, 0, block, sums, _layout.OutputLanes, 0, _plan.Pixels, tile);
    }

    /// <summary>The steps for some groups whose codes lie <paramref name="rows"/> bytes apart.</summary>
    private void Steps(float* tables, int row, int groups, int rows, TableStep* steps, ref TableSums t)
    {
        t.First = t.End = steps;
        for (int i = 0; i < groups; i++)
            for (int tap = 0; tap < _g.Taps; tap++)
                *t.End++ = new TableStep { Table = (byte*)(tables + i * (long)_weight.Count * row + _layout.OffsetOf(_g, tap)), Code = (i * (nint)_g.Taps + tap) * rows };
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
        x += block * 16L * _layout.Lanes;
        for (int plane = 0; plane < _layout.Strides; plane++)
        {
            (int firstRow, int firstColumn) = Math.DivRem(plane, _g.StrideX);
            int columns = (_g.InputWidth - firstColumn + _g.StrideX - 1) / _g.StrideX;
            float* to = x + plane * _layout.PlaneLanes;
            for (int row = firstRow; row < _g.InputHeight; row += _g.StrideY, to += _layout.Pitch)
            {
                float* from = image + ((long)row * _g.InputWidth + firstColumn) * 16;
                if (_g.StrideX != 1)
                {
                    for (int c = 0; c < columns; c++) NativeMemory.Copy(from + (long)c * _g.StrideX * 16, tile + c * 16, 64);
                    from = tile;
                }
                Transpose16.FromLanes(from, columns, Math.Min(16, _g.InputChannels - block * 16), to, _layout.Lanes);
            }
        }
    }

    /// <summary>Sums to output: scale, bias, residual, activation.</summary>
    private void Finish(in Call call, int image, int block, float* sums, int lanes, int pixel, int pixels, float* tile)
    {
        int real = Math.Min(16, _g.OutputChannels - block * 16);
        float* scale = call.Scales + block * 16, bias = call.Biases + block * 16;
        Transpose16.ToLanes(sums, lanes, real, lanes, tile);
        long offset = ((image * (long)_plan.OutputBlocks + block) * _plan.Pixels + pixel) * 16;
        float* to = call.Y + offset, start = to, add = call.Residual == null ? null : call.Residual + offset;
        int columns = _layout.Pointwise ? pixels : _g.OutputWidth;
        for (int done = 0; done < pixels; done += columns, tile += _layout.Pitch * 16L, to += columns * 16L)
        {
            _finish(tile, scale, bias, add, to, columns);
            if (add != null) add += columns * 16L;
        }
        _epilogue.Apply(start, pixels * 16L);
        if (real < 16 && !_epilogue.KeepsZero) BlockedCopy.ClearLanes(start, pixels, real);
    }
}
