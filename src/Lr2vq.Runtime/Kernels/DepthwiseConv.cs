using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Depthwise convolution (one input channel for each output channel) of blocked tensors.</summary>
/// <remarks>Kernels 3 or 5 wide go by <see cref="DepthwiseTiles"/>: rows and columns outside the image are left out, nothing is copied.
/// Others go by four pixels a step; edge columns one by one.</remarks>
internal sealed unsafe partial class DepthwiseConv : IConvKernel, IShared
{
    private readonly DepthwisePlan _plan;
    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly Isa _isa;

    public DepthwiseConv(DepthwisePlan plan, WeightTensor weight, Epilogue epilogue, Isa isa)
    {
        (_plan, _g, _weight, _epilogue, _isa) = (plan, plan.Geometry, weight, epilogue, isa);
        if (!plan.Tiled) return;
        for (int pixels = 1; pixels < _tiles.Length; pixels++) _tiles[pixels] = Find(isa, _g.KernelWidth, _g.StrideX, pixels);
    }

    /// <param name="copies">So many neighbouring blocks of outputs read the same block of inputs; the input has as many blocks less.</param>
    public DepthwiseConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa, int threads = 1, int copies = 1)
        : this(DepthwisePlan.Of(geometry, threads, copies), weight, epilogue, isa)
    {
    }

    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output) =>
        g.GroupInputs == 1 && g.GroupOutputs == 1 && g.Left >= 0 && input == TensorLayout.Blocked && output == TensorLayout.Blocked;

    public long ScratchBytes => _plan.ScratchBytes;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        var shared = new Shared { X = x, Bias = bias, Residual = residual, Y = y, Scratch = scratch };
        int shares = _plan.Blocks * _plan.Bands;
        if (team is not null && _plan.Threads > 1) team.Run(this, &shared, 0, shares);
        else
            for (int share = 0; share < shares; share++) Compute(shared, share, 0);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Compute(*(Shared*)call, share, slot);

    private void Compute(in Shared shared, int share, int slot)
    {
        float* biases = (float*)shared.Scratch + slot * _plan.SlotFloats, weights = biases + 16, decode = weights + _g.Taps * 16, row = decode + _g.Taps * 16;
        float* window = row + _g.OutputWidth * 16L;
        var image = new ImageLayout(TensorLayout.Blocked, 16, _g.InputHeight, _g.InputWidth);
        long pixelsIn = (long)_g.InputHeight * _g.InputWidth, pixelsOut = (long)_g.OutputHeight * _g.OutputWidth;
        int block = share / _plan.Bands, first = share % _plan.Bands * _plan.BandRows, last = Math.Min(_g.OutputHeight, first + _plan.BandRows);
        if (first >= last) return;
        int lanes = Math.Min(16, _g.OutputChannels - block * 16);
        _weight.DecodePanel16(block * 16, 0, 1, weights, decode);
        NativeMemory.Clear(biases, 64);
        if (shared.Bias != null) NativeMemory.Copy(shared.Bias + block * 16, biases, (nuint)lanes * 4);
        for (int n = 0; n < _g.Batch; n++)
        {
            long at = ((long)n * _plan.Blocks + block) * 16;
            float* from = shared.X + ((long)n * (_plan.Blocks / _plan.Copies) + block / _plan.Copies) * 16 * pixelsIn;
            if (_plan.Padded)
            {
                BlockedCopy.Read(from, image, 0, 16, first * _g.StrideY - _g.Top, _g.RowsFor(last - first), -_g.Left, _g.Columns, window, _plan.PaddedRow, 0);
                from = window;
            }
            var call = new Call(from, weights, biases, shared.Residual == null ? null : shared.Residual + at * pixelsOut, shared.Y + at * pixelsOut, row, first, last);
            if (_plan.Tiled) Tiled(call);
            else if (Vector512.IsHardwareAccelerated && _isa == Isa.Vector512) Block<Lanes512, Vector512<float>>(call);
            else if (Vector256.IsHardwareAccelerated && _isa == Isa.Vector256) Block<Lanes256, Vector256<float>>(call);
            else if (Vector128.IsHardwareAccelerated && _isa == Isa.Vector128) Block<Lanes128, Vector128<float>>(call);
            else Block<Lanes1, float>(call);
            if (lanes < 16 && !_epilogue.KeepsZero)
                BlockedCopy.ClearLanes(call.Y + (long)first * _g.OutputWidth * 16, (long)(last - first) * _g.OutputWidth, lanes);
        }
    }

    private struct Shared
    {
        public float* X, Bias, Residual, Y;
        public byte* Scratch;
    }

    private readonly struct Call(float* x, float* weights, float* bias, float* residual, float* y, float* row, int firstRow, int lastRow)
    {
        public readonly int FirstRow = firstRow, LastRow = lastRow;
        public readonly float* X = x, Weights = weights, Bias = bias, Residual = residual, Y = y, Row = row;
    }

    private void Block<L, V>(in Call call) where L : struct, ILanes<V> where V : struct
    {
        int width = _g.OutputWidth, left = _plan.Padded ? 0 : _plan.InnerFirst, right = _plan.Padded ? width : _plan.InnerLast;
        long row = _plan.Padded ? _plan.PaddedRow : _g.InputWidth * 16L;
        Bounds<V> bounds = new(L.Splat(float.NegativeInfinity), L.Splat(float.PositiveInfinity));
        bool bounded = _epilogue.Activation == Activation.Clip && call.Residual == null;
        if (bounded) bounds = new(L.Splat(_epilogue.A), L.Splat(_epilogue.B));
        for (int oy = call.FirstRow; oy < call.LastRow; oy++)
        {
            int iy = (_plan.Padded ? oy - call.FirstRow : oy) * _g.StrideY, first = 0, last = _g.KernelHeight;
            if (!_plan.Padded) (first, last) = Pooling.Inside(iy -= _g.Top, _g.DilationY, _g.KernelHeight, _g.InputHeight);
            // The residual may be the output's own memory: sums wait in a row of their own until it is added.
            float* output = call.Y + (long)oy * width * 16, y = call.Residual == null ? output : call.Row;
            float* x = call.X + iy * row - (_plan.Padded ? 0 : _g.Left * 16L);
            for (int lane = 0; lane < 16; lane += L.Count)
            {
                float* weights = call.Weights + lane, bias = call.Bias + lane;
                Edge<L, V>(x + lane, first, last, 0, left, weights, bias, y + lane, bounds);
                Edge<L, V>(x + lane, first, last, right, width, weights, bias, y + lane, bounds);
                float* xi = x + lane + left * _g.StrideX * 16L, yi = y + lane + left * 16L;
                Inner<L, V>(xi, row * _g.DilationY, first, last, right - left, weights, bias, yi, bounds);
            }
            if (call.Residual != null) Lanes.Map2(y, call.Residual + (long)oy * width * 16, output, width * 16L, default(AddKernel));
            if (!bounded) _epilogue.Apply(output, width * 16L);
        }
    }

    /// <summary>What every sum is clamped to.</summary>
    private readonly struct Bounds<V>(V low, V high)
    {
        public readonly V Low = low, High = high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<L, V>(V sum, float* y, in Bounds<V> bounds) where L : struct, ILanes<V> where V : struct =>
        L.Store(L.Min(bounds.High, L.Max(bounds.Low, sum)), y);

    /// <summary>Pixels some of whose taps lie left or right of the image.</summary>
    [MethodImpl(Compile.Loop)]
    private void Edge<L, V>(float* x, int firstRow, int lastRow, int from, int to, float* weights, float* bias, float* y, in Bounds<V> bounds)
        where L : struct, ILanes<V> where V : struct
    {
        Bounds<V> limits = bounds;
        for (int ox = from; ox < to; ox++)
        {
            int ix = ox * _g.StrideX - _g.Left;
            V sum = L.Load(bias);
            for (int ky = firstRow; ky < lastRow; ky++)
                for (int kx = 0; kx < _g.KernelWidth; kx++)
                {
                    int at = ix + kx * _g.DilationX;
                    if (at < 0 || at >= _g.InputWidth) continue;
                    float* source = x + ((long)ky * _g.DilationY * _g.InputWidth + ox * _g.StrideX + kx * _g.DilationX) * 16;
                    sum = L.Fma(L.Load(source), L.Load(weights + (ky * _g.KernelWidth + kx) * 16), sum);
                }
            Store<L, V>(sum, y + ox * 16L, limits);
        }
    }

    /// <summary>Any kernel, whole columns: four pixels a step.</summary>
    [MethodImpl(Compile.Loop)]
    private void Inner<L, V>(float* x, long row, int firstRow, int lastRow, int count, float* weights, float* bias, float* y, in Bounds<V> bounds)
        where L : struct, ILanes<V> where V : struct
    {
        Bounds<V> limits = bounds;
        long step = _g.StrideX * 16L, tap = _g.DilationX * 16L;
        int columns = _g.KernelWidth;
        x += firstRow * row;
        weights += firstRow * columns * 16;
        for (; count >= 4; count -= 4, x += 4 * step, y += 64)
        {
            V a = L.Load(bias), b = a, c = a, d = a;
            float* xr = x, w = weights;
            for (int ky = firstRow; ky < lastRow; ky++, xr += row)
            {
                float* xk = xr;
                for (int kx = columns; kx > 0; kx--, xk += tap, w += 16)
                {
                    V g = L.Load(w);
                    a = L.Fma(L.Load(xk), g, a);
                    b = L.Fma(L.Load(xk + step), g, b);
                    c = L.Fma(L.Load(xk + 2 * step), g, c);
                    d = L.Fma(L.Load(xk + 3 * step), g, d);
                }
            }
            Store<L, V>(a, y, limits);
            Store<L, V>(b, y + 16, limits);
            Store<L, V>(c, y + 32, limits);
            Store<L, V>(d, y + 48, limits);
        }
        for (; count > 0; count--, x += step, y += 16)
        {
            V a = L.Load(bias);
            float* xr = x, w = weights;
            for (int ky = firstRow; ky < lastRow; ky++, xr += row)
            {
                float* xk = xr;
                for (int kx = columns; kx > 0; kx--, xk += tap, w += 16) a = L.Fma(L.Load(xk), L.Load(w), a);
            }
            Store<L, V>(a, y, limits);
        }
    }
}
