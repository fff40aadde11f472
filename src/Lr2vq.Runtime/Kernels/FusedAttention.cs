using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>softmax(scale·Q·Kᵀ + mask)·V for one head after another: keys and values are packed once for a head, and for a few rows of Q at a
/// time scores, softmax and the product with V follow each other while the scores are in the cache.</summary>
internal sealed unsafe class FusedAttention : IShared
{
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;

    private readonly int _m, _n, _d, _width, _heads, _parts, _slots, _rows, _tileBlocks, _tilePixels, _keyBlocks, _valueBlocks;
    private readonly bool _keysAreRows;
    private readonly float _scale;
    private readonly TileSet _tiles;
    private readonly Isa _isa;
    private readonly long _keyBlock, _valueBlock, _zeroFloats, _keyFloats, _valueFloats, _leftFloats, _scoreFloats, _slotFloats;

    /// <param name="heads">Products of their own.</param>
    /// <param name="m">Rows of Q and Y.</param>
    /// <param name="n">Keys.</param>
    /// <param name="d">Length of a key.</param>
    /// <param name="width">Length of a value.</param>
    /// <param name="keysAreRows">K is [n, d], not [d, n].</param>
    public FusedAttention(int heads, int m, int n, int d, int width, bool keysAreRows, float scale, Isa isa, int threads)
    {
        (_heads, _m, _n, _d, _width, _keysAreRows, _scale, _isa) = (heads, m, n, d, width, keysAreRows, scale, isa);
        _tiles = new TileSet(isa, 16);
        (_keyBlocks, _valueBlocks) = ((n + 15) / 16, (width + 15) / 16);
        (_tileBlocks, _tilePixels) = isa == Isa.Vector512 ? (2, 12) : _tiles.Shapes.Choose(Math.Max(1, _keyBlocks), Math.Max(1, m), fewStreams: false);
        // About as many rows at a time as one tile of the widest vectors has.
        _rows = Math.Min(Math.Max(1, m), Math.Max(1, 12 / _tilePixels) * _tilePixels);
        if ((long)heads * m * n * (d + width) < 2 * LeastShare) threads = 1;
        _slots = threads;
        // Heads are divided first; rows of one head only if there are fewer heads than threads.
        _parts = heads >= threads ? 1 : Math.Min((m + _rows - 1) / _rows, (threads + heads - 1) / Math.Max(1, heads));
        // Sixteen floats more than a power of two, so that streams do not share cache sets.
        (_keyBlock, _valueBlock) = (d * 16L + 16, n * 16L + 16);
        _zeroFloats = 16L * Math.Max(_keyBlocks, _valueBlocks) + 16;
        (_keyFloats, _valueFloats) = (_keyBlocks * _keyBlock, _valueBlocks * _valueBlock);
        (_leftFloats, _scoreFloats) = ((d + 15L) / 16 * 16 * _rows, 16L * _keyBlocks * _rows);
        // The packed rows are done with when the last block of a result that is no whole block is computed beside it.
        _slotFloats = _keyFloats + _valueFloats + Math.Max(_leftFloats, 16L * _rows) + _scoreFloats + (_rows + 15L & ~15L);
        ScratchBytes = checked(4 * (_zeroFloats + _slots * _slotFloats));
    }

    public long ScratchBytes { get; }

    /// <summary>Where the operands of one head begin.</summary>
    public readonly record struct Offsets(long Q, long K, long V, long Mask);

    /// <param name="mask">Null, or what is added to the scores: [n] rows, <paramref name="maskRow"/> floats apart (0: one row for all).</param>
    /// <param name="offsets">In floats, one for each head. Y is in their order.</param>
    public void Run(float* q, float* k, float* v, float* mask, long maskRow, float* y, ReadOnlySpan<Offsets> offsets, byte* scratch, ThreadTeam? team)
    {
        if ((long)_heads * _m * _width == 0) return;
        if (_n == 0)
        {
            NativeMemory.Clear(y, (nuint)((long)_heads * _m * _width * sizeof(float)));
            return;
        }
        float* zeros = (float*)scratch;
        NativeMemory.Clear(zeros, (nuint)_zeroFloats * sizeof(float));
        fixed (Offsets* at = offsets)
        {
            var call = new Call { Q = q, K = k, V = v, Mask = mask, MaskRow = maskRow, Y = y, Offsets = at, Zeros = zeros };
            int shares = _heads * _parts;
            if (team is not null && _slots > 1) team.Run(this, &call, 0, shares);
            else
                for (int share = 0; share < shares; share++) Share(call, share, 0);
        }
    }

    private struct Call
    {
        public float* Q, K, V, Mask, Y, Zeros;
        public long MaskRow;
        public Offsets* Offsets;
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Share(*(Call*)call, share, slot);

    private void Share(in Call call, int share, int slot)
    {
        int head = share / _parts, part = share % _parts;
        Offsets at = call.Offsets[head];
        float* keys = call.Zeros + _zeroFloats + slot * _slotFloats, values = keys + _keyFloats;
        float* left = values + _valueFloats, scores = left + Math.Max(_leftFloats, 16L * _rows), sums = scores + _scoreFloats;
        PackKeys(call.K + at.K, keys);
        for (int block = 0; block < _valueBlocks; block++)
            MatrixPacking.Columns(call.V + at.V + block * 16, _width, _n, Math.Min(16, _width - block * 16), values + block * _valueBlock, _isa);
        int groups = (_m + _rows - 1) / _rows, last = (int)((long)groups * (part + 1) / _parts);
        Tile tile = default;
        (tile.Middle, tile.Inner, tile.Steps) = (1, 1, 16);
        for (int group = (int)((long)groups * part / _parts); group < last; group++)
        {
            int first = (int)((long)_m * group / groups), rows = (int)((long)_m * (group + 1) / groups) - first;
            Scores(&tile, call.Q + at.Q + (long)first * _d, keys, left, rows, scores, call.Zeros);
            float* mask = call.Mask == null ? null : call.Mask + at.Mask + first * call.MaskRow;
            Softmax(scores, rows, mask, call.MaskRow, sums);
            float* y = call.Y + ((long)head * _m + first) * _width;
            Combine(&tile, scores, values, left, rows, y, call.Zeros);
            for (int r = 0; r < rows; r++) Lanes.Map(y + (long)r * _width, y + (long)r * _width, _width, new ScaleKernel(sums[r]));
        }
    }

    private void PackKeys(float* k, float* keys)
    {
        for (int block = 0; block < _keyBlocks; block++, keys += _keyBlock)
        {
            int lanes = Math.Min(16, _n - block * 16);
            if (_keysAreRows) Transpose16.ToLanes(k + block * 16L * _d, _d, lanes, _d, keys);
            else MatrixPacking.Columns(k + block * 16, _n, _d, lanes, keys, _isa);
        }
    }

    /// <summary>Rows of Q times all keys, to [block of 16 keys][row][16].</summary>
    private void Scores(Tile* tile, float* q, float* keys, float* left, int rows, float* scores, float* zeros)
    {
        if (_d == 0)
        {
            NativeMemory.Clear(scores, (nuint)_scoreFloats * sizeof(float));
            return;
        }
        MatrixPacking.Rows(q, _d, rows, _d, _scale, left, rows * 16L, _isa);
        Prepare(tile, left, rows, _d);
        (tile->WBlock, tile->YBlock, tile->YStep) = (_keyBlock, rows * 16L, 16);
        tile->Bias = zeros;
        for (int block = 0; block < _keyBlocks; block += _tileBlocks)
        {
            tile->W = keys + block * _keyBlock;
            tile->Y = scores + block * rows * 16L;
            Row(tile, Math.Min(_tileBlocks, _keyBlocks - block), rows);
        }
    }

    /// <summary>The scores, which are powers of e now, times the values.</summary>
    private void Combine(Tile* tile, float* scores, float* values, float* beside, int rows, float* y, float* zeros)
    {
        Prepare(tile, scores, rows, _n);
        (tile->WBlock, tile->YBlock, tile->YStep) = (_valueBlock, 16, _width);
        tile->Bias = zeros;
        int whole = _width / 16, columns = _width % 16;
        for (int block = 0; block < whole; block += _tileBlocks)
        {
            tile->W = values + block * _valueBlock;
            tile->Y = y + block * 16;
            Row(tile, Math.Min(_tileBlocks, whole - block), rows);
        }
        if (columns == 0) return;
        tile->W = values + whole * _valueBlock;
        tile->Y = beside;
        tile->YStep = 16;
        Row(tile, 1, rows);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) y[(long)r * _width + whole * 16 + c] = beside[r * 16 + c];
    }

    private static void Prepare(Tile* tile, float* x, int rows, int depth)
    {
        tile->X = x;
        tile->XOuter = rows * 16L;
        tile->Outer = (depth + 15) / 16;
        tile->LastSteps = depth - (tile->Outer - 1) * 16;
    }

    private void Row(Tile* tile, int blocks, int rows) => _tiles.Row(tile, blocks, rows, Math.Min(_tilePixels, _tiles.Shapes.MostPixels(blocks)), 16);

    private void Softmax(float* scores, int rows, float* mask, long maskRow, float* factors)
    {
        if (Vector512.IsHardwareAccelerated && _isa == Isa.Vector512) Softmax<Lanes512, Vector512<float>>(scores, rows, _n, mask, maskRow, factors);
        else if (Vector256.IsHardwareAccelerated && _isa == Isa.Vector256) Softmax<Lanes256, Vector256<float>>(scores, rows, _n, mask, maskRow, factors);
        else if (Vector128.IsHardwareAccelerated && _isa == Isa.Vector128) Softmax<Lanes128, Vector128<float>>(scores, rows, _n, mask, maskRow, factors);
        else Softmax<Lanes1, float>(scores, rows, _n, mask, maskRow, factors);
    }

    /// <summary>Scores of a row become e^(score − largest); what remains to be multiplied with is one number for each row, which the result takes.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Softmax<L, V>(float* scores, int rows, int n, float* mask, long maskRow, float* factors) where L : struct, ILanes<V> where V : struct
    {
        long step = rows * 16L;
        for (int r = 0; r < rows; r++, scores += 16, mask += maskRow)
        {
            // The last block has lanes without a key: below everything, so that they become 0.
            if (n % 16 != 0)
                for (int lane = n % 16; lane < 16; lane++) scores[n / 16 * step + lane] = float.NegativeInfinity;
            if (mask != null)
            {
                float* s = scores, add = mask;
                int left = n;
                for (; left >= 16; left -= 16, s += step, add += 16)
                    for (int lane = 0; lane < 16; lane += L.Count) L.Store(L.Add(L.Load(s + lane), L.Load(add + lane)), s + lane);
                for (int lane = 0; lane < left; lane++) s[lane] += add[lane];
            }
            V best = L.Splat(float.NegativeInfinity);
            float* from = scores;
            for (int left = n; left > 0; left -= 16, from += step)
                for (int lane = 0; lane < 16; lane += L.Count) best = L.Max(best, L.Load(from + lane));
            V largest = L.Splat(L.Largest(best)), sum = L.Zero;
            from = scores;
            for (int left = n; left > 0; left -= 16, from += step)
                for (int lane = 0; lane < 16; lane += L.Count)
                {
                    V e = LaneMath.ExpOfNegative<L, V>(L.Sub(L.Load(from + lane), largest));
                    L.Store(e, from + lane);
                    sum = L.Add(sum, e);
                }
            factors[r] = 1f / L.Sum(sum);
        }
    }

    private readonly struct ScaleKernel(float factor) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, L.Splat(factor));
    }
}
