using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>The right operand of a product: a weight, or a value of the network (row-major, <see cref="Transposed"/> means [N, K]).</summary>
internal readonly record struct RightOperand(WeightTensor? Weight, bool Transposed);

/// <summary>Y = epilogue(alpha·A·B + bias) for row-major matrices [M, K] · [K, N], with the tiles of a pointwise convolution: rows of A
/// are pixels, columns of B output channels. One row goes without packing, as do a few rows with levels.</summary>
internal sealed unsafe class MatrixProduct : IShared
{
    /// <summary>Most columns of A that a tile sums in one go; what it reads of B then stays in the second-level cache.</summary>
    private const int Depth = 1024;
    /// <summary>Columns of A that are worth a call of a tile.</summary>
    private const int StepsOfCall = 512;
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;
    /// <summary>Rows of A up to which levels are multiplied without becoming panels.</summary>
    private const int MostRowsOfLevels = 16;

    private readonly int _m, _n, _k, _tileBlocks, _tilePixels, _panelBlocks, _depth, _groups, _slots;
    private readonly bool _transposedLeft, _inPlace;
    private readonly float _alpha;
    private readonly RightOperand _right;
    private readonly Epilogue _epilogue;
    private readonly TileSet _tiles;
    private readonly Isa _isa;
    private readonly LevelWeight? _levels;
    private readonly bool _few;
    private readonly long _leftPitch, _rightBlock, _leftFloats, _rightFloats, _tailFloats, _biasFloats;

    /// <param name="leftPitch">Floats between rows of A, which may overlap; 0: they follow each other.</param>
    public MatrixProduct(int m, int n, int k, bool transposedLeft, RightOperand right, float alpha, Epilogue epilogue, Isa isa,
        int threads = 1, int leftPitch = 0)
    {
        (_m, _n, _k, _transposedLeft, _right, _alpha, _epilogue, _isa) = (m, n, k, transposedLeft, right, alpha, epilogue, isa);
        _leftPitch = leftPitch == 0 ? k : leftPitch;
        _tiles = new TileSet(isa, 16);
        int blocks = (n + 15) / 16;
        if ((long)m * n * k < 2 * LeastShare) threads = 1;
        _slots = threads;
        int blocksOfShare = Math.Max(1, (blocks + threads - 1) / threads);
        (_tileBlocks, _tilePixels) = _tiles.Shapes.Choose(blocksOfShare, Math.Max(m, 1), fewStreams: false);
        // Two streams of weights take half as much of the second-level cache as four, and with twelve pixels nothing is spilled.
        if (isa == Isa.Vector512) (_tileBlocks, _tilePixels) = blocksOfShare == 1 ? (1, 14) : (2, 12);
        _panelBlocks = Math.Min(isa == Isa.Vector512 ? 2 : 4, blocksOfShare);
        // Parts of equal depth, in whole blocks.
        int parts = Math.Max(1, (k + Depth - 1) / Depth);
        _depth = ((k + parts - 1) / parts + 15) & ~15;
        // Rows of A in groups that a tile, or a few if they are short, reads straight on.
        int rowsOfGroup = _tilePixels * Math.Clamp(StepsOfCall / Math.Max(1, k), 1, 8);
        _groups = (m + rowsOfGroup - 1) / rowsOfGroup;
        _inPlace = right.Weight is { } weight && weight.PanelAt(0, 0) != null;
        // Sixteen floats more than a power of two, so that streams do not share cache sets.
        _rightBlock = right.Weight?.PanelPitch ?? k * 16L + 16;
        _leftFloats = (k + 15L) / 16 * 16 * m;
        _rightFloats = _inPlace ? 0 : Math.Max(_panelBlocks * _rightBlock + 16L * k, 32L * k);
        _tailFloats = m * 16L;
        _biasFloats = (n + 31L) & ~15L;
        if (right.Weight is { } few && m > 1 && alpha == 1f && !transposedLeft && k > 0)
        {
            _levels = m <= MostRowsOfLevels ? LevelsOf(few) : null;
            _few = _levels is not null || m <= few.RowsOfProducts;
        }
        ScratchBytes = 4 * (_biasFloats + _leftFloats + _slots * _rightFloats + _tailFloats + 32);
    }

    public long ScratchBytes { get; }

    /// <summary>Levels whose order is that of a row of A.</summary>
    private static LevelWeight? LevelsOf(WeightTensor weight) =>
        weight.AsLevels() is { } levels && (weight.KernelHeight * weight.KernelWidth == 1 || (weight.Inputs == 1 && levels.IsPlain)) ? levels : null;

    /// <param name="b">The right operand if it is a value.</param>
    /// <param name="bias">Null, or N numbers.</param>
    /// <param name="started">Y already holds what the sums begin with (and bias is null).</param>
    /// <param name="team">Null, or the threads that the product was made for.</param>
    public void Run(float* a, float* b, float* bias, float* y, bool started, byte* scratch, ThreadTeam? team = null)
    {
        if (_m == 0 || _n == 0) return;
        if (_k == 0)
        {
            Nothing(bias, y, started);
            return;
        }
        if (_slots == 1) team = null;
        float* biases = (float*)scratch, left = biases + _biasFloats, right = left + _leftFloats;
        var call = new Call { A = a, B = b, Y = y, Biases = biases, Left = left, Right = right, Tail = right + _slots * _rightFloats, Started = started };
        int blocks = (_n + 15) / 16;
        if (_few)
        {
            Few(ref call, bias, team);
            return;
        }
        if (_m == 1 && (_right.Weight is not null || _alpha == 1f))
        {
            Row(ref call, bias);
            if (_right.Weight is { } weight)
            {
                if (weight.HasProducts) call.A = weight.ForProducts(call.A, right, _isa);
                Do(team, &call, RowBlocks, Math.Min(blocks, _slots));
            }
            _epilogue.Apply(y, _n);
            return;
        }
        NativeMemory.Clear(biases, (nuint)_biasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_n * 4);
        Do(team, &call, Pack, Math.Min(_groups, _slots));
        Do(team, &call, Panels, (blocks + _panelBlocks - 1) / _panelBlocks);
        if (!_epilogue.InTile) _epilogue.Apply(y, (long)_m * _n);
    }

    private const int RowBlocks = 0, Pack = 1, Panels = 2;

    private struct Call
    {
        public float* A, B, Y, Biases, Left, Right, Tail;
        public bool Started;
    }

    private void Do(ThreadTeam? team, Call* call, int phase, int shares)
    {
        if (team is not null) team.Run(this, call, phase, shares);
        else
            for (int share = 0; share < shares; share++) Share(*call, phase, share, shares, 0);
    }

    void IShared.Share(void* call, int phase, int share, int slot)
    {
        Share(*(Call*)call, phase, share, Math.Min(Length(phase), _slots), slot);
    }

    private void Share(in Call call, int phase, int share, int shares, int slot)
    {
        float* right = call.Right + slot * _rightFloats;
        if (phase == Panels)
        {
            Columns(call, share * _panelBlocks, right);
            return;
        }
        int length = Length(phase);
        int first = (int)((long)length * share / shares), last = (int)((long)length * (share + 1) / shares);
        if (phase == Pack) PackLeft(call.A, call.Left, first, last);
        else if (_few) RowsOfBlocks(call, first, last);
        else RowOfBlocks(call, first, last, right);
    }

    private int Length(int phase) => phase == RowBlocks ? (_n + 15) / 16 : _groups;

    /// <summary>The first row of a group.</summary>
    private int RowOf(int group) => (int)((long)_m * group / _groups);

    /// <summary>A few blocks of columns.</summary>
    private void Columns(in Call call, int panel, float* right)
    {
        Tile tile = default;
        (tile.WBlock, tile.YBlock, tile.Middle, tile.Inner, tile.Steps) = (_rightBlock, 16, 1, 1, 16);
        int count = Math.Min(_panelBlocks, (_n + 15) / 16 - panel);
        float* decode = right + _panelBlocks * _rightBlock;
        if (_inPlace) right = _right.Weight!.PanelAt(panel * 16, 0);
        else
            for (int i = 0; i < count; i++) PackRight(call.B, panel + i, right + i * _rightBlock, decode);
        for (int k = 0; k < _k; k += _depth)
        {
            int depth = Math.Min(_depth, _k - k);
            bool last = k + _depth >= _k;
            tile.Accumulate = k > 0 || call.Started;
            tile.Activation = TileActivation.None;
            if (last && _epilogue.InTile) _epilogue.Configure(ref tile);
            tile.Outer = (depth + 15) / 16;
            tile.LastSteps = depth - (tile.Outer - 1) * 16;
            Panel(&tile, call, panel, count, k, right);
        }
    }

    /// <summary>A sum of no products.</summary>
    private void Nothing(float* bias, float* y, bool started)
    {
        for (int r = 0; r < _m && !started; r++)
            for (int n = 0; n < _n; n++) y[(long)r * _n + n] = bias == null ? 0f : bias[n];
        _epilogue.Apply(y, (long)_m * _n);
    }

    private void Panel(Tile* tile, in Call call, int panel, int count, int k, float* right)
    {
        // A last block of fewer than 16 columns is computed beside Y.
        int whole = Math.Min(count, _n / 16 - panel), columns = whole < count ? _n % 16 : 0;
        float* w = right + k * 16L, beside = call.Y + (panel + whole) * 16;
        for (int group = 0; group < _groups; group++)
        {
            int first = RowOf(group), rows = RowOf(group + 1) - first;
            tile->X = call.Left + first * (_leftFloats / _m) + (long)k * rows;
            tile->XOuter = rows * 16L;
            tile->YStep = _n;
            for (int i = 0; i < whole; i += _tileBlocks)
            {
                tile->W = w + i * _rightBlock;
                tile->Bias = call.Biases + (panel + i) * 16;
                tile->Y = call.Y + (long)first * _n + (panel + i) * 16;
                _tiles.Row(tile, Math.Min(_tileBlocks, whole - i), rows, _tilePixels, 16);
            }
            if (columns == 0) continue;
            float* tail = call.Tail + first * 16;
            tile->W = w + whole * _rightBlock;
            tile->Bias = call.Biases + (panel + whole) * 16;
            tile->Y = tail;
            tile->YStep = 16;
            if (tile->Accumulate) Copy(beside + (long)first * _n, _n, rows, columns, tail, 16);
            _tiles.Row(tile, 1, rows, Math.Min(_tilePixels, _tiles.Shapes.MostPixels(1)), 16);
            Copy(tail, 16, rows, columns, beside + (long)first * _n, _n);
        }
    }

    private static void Copy(float* from, long fromStep, int rows, int columns, float* to, long toStep)
    {
        for (; rows > 0; rows--, from += fromStep, to += toStep)
            for (int c = 0; c < columns; c++) to[c] = from[c];
    }

    /// <summary>Some groups of rows to [group][block of 16 columns][row][16].</summary>
    private void PackLeft(float* a, float* left, int firstGroup, int lastGroup)
    {
        for (int group = firstGroup; group < lastGroup; group++)
        {
            int first = RowOf(group), rows = RowOf(group + 1) - first;
            float* to = left + first * (_leftFloats / _m);
            if (!_transposedLeft)
            {
                MatrixPacking.Rows(a + first * _leftPitch, _leftPitch, rows, _k, _alpha, to, rows * 16L, _isa);
                continue;
            }
            for (int k = 0; k < _k; k += 16, to += rows * 16L)
            {
                Transpose16.ToLanes(a + (long)k * _m + first, _m, Math.Min(16, _k - k), rows, to);
                if (_alpha != 1f) Lanes.Map(to, to, rows * 16L, new ScaleKernel(_alpha));
            }
        }
    }

    /// <summary>Sixteen columns of B to [row][16].</summary>
    private void PackRight(float* b, int block, float* panel, float* decode)
    {
        int lanes = Math.Min(16, _n - block * 16);
        if (_right.Weight is { } weight) weight.DecodePanel16(block * 16, 0, weight.Inputs, panel, decode);
        else if (_right.Transposed) Transpose16.ToLanes(b + block * 16L * _k, _k, lanes, _k, panel, ahead: 16L * _k);
        else MatrixPacking.Columns(b + block * 16L, _n, _k, lanes, panel, _isa);
    }

    /// <summary>One row of A: sums of the rows of panels (which <see cref="RowOfBlocks"/> adds), dot products with rows of B, or a sum of its
    /// rows.</summary>
    private void Row(ref Call call, float* bias)
    {
        if (!call.Started)
        {
            if (bias != null) NativeMemory.Copy(bias, call.Y, (nuint)_n * 4);
            else NativeMemory.Clear(call.Y, (nuint)_n * 4);
        }
        if (_alpha != 1f)
        {
            Lanes.Map(call.A, call.Left, _k, new ScaleKernel(_alpha));
            call.A = call.Left;
        }
        if (_right.Weight is not null) return;
        if (_right.Transposed) DotProducts.Add(call.A, call.B, _k, _n, call.Y, _isa);
        else
            for (int k = 0; k < _k; k++) Lanes.Map2(call.Y, call.B + (long)k * _n, call.Y, _n, new AddScaledKernel(call.A[k]));
    }

    /// <summary>A few rows: products with the codes as they lie.</summary>
    private void Few(ref Call call, float* bias, ThreadTeam? team)
    {
        for (int r = 0; r < _m && !call.Started; r++)
        {
            if (bias != null) NativeMemory.Copy(bias, call.Y + (long)r * _n, (nuint)_n * 4);
            else NativeMemory.Clear(call.Y + (long)r * _n, (nuint)_n * 4);
        }
        if (_levels is not null && _levels.Columns != null)
        {
            for (int r = 0; r < _m; r++) GateMath.Multiply(call.A + r * _leftPitch, _levels.Columns, call.Left + (long)r * _k, _k);
            call.A = call.Left;
        }
        fixed (Call* shared = &call) Do(team, shared, RowBlocks, Math.Min((_n + 15) / 16, _slots));
        _epilogue.Apply(call.Y, (long)_m * _n);
    }

    private void RowsOfBlocks(in Call call, int first, int last)
    {
        long pitch = call.A == call.Left ? _k : _leftPitch;
        if (_levels is null)
        {
            for (int r = 0; r < _m; r++) _right.Weight!.AddProducts(call.A + r * pitch, call.Y + (long)r * _n, first * 16, Math.Min(_n, last * 16) - first * 16, _isa);
            return;
        }
        float* sums = stackalloc float[MostRowsOfLevels * 16];
        for (int block = first; block < last; block++)
        {
            NativeMemory.Clear(sums, MostRowsOfLevels * 16 * sizeof(float));
            for (int r = 0; r < _m; r += LevelTiles.MostPixels / 2)
                _levels.Add(block, call.A + r * pitch, 0, pitch, Math.Min(LevelTiles.MostPixels / 2, _m - r), sums + r * 16, _isa);
            int columns = Math.Min(16, _n - block * 16);
            float* scales = _levels.Scales + block * 16;
            for (int r = 0; r < _m; r++)
            {
                float* y = call.Y + (long)r * _n + block * 16, sum = sums + r * 16;
                for (int c = 0; c < columns; c++) y[c] += scales[c] * sum[c];
            }
        }
    }

    private void RowOfBlocks(in Call call, int first, int last, float* panel)
    {
        if (_right.Weight!.HasProducts)
        {
            _right.Weight.AddProducts(call.A, call.Y, first * 16, Math.Min(_n, last * 16) - first * 16, _isa);
            return;
        }
        for (int block = first; block < last; block++)
        {
            // Panels, because every format makes them quickly; rows would be slower for some.
            if (_inPlace) panel = _right.Weight.PanelAt(block * 16, 0);
            else _right.Weight.DecodePanel16(block * 16, 0, _right.Weight.Inputs, panel, panel + 16L * _k);
            DotProducts.AddPanel(call.A, panel, _k, call.Y + block * 16, Math.Min(16, _n - block * 16), _isa);
        }
    }

    private readonly struct ScaleKernel(float factor) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, L.Splat(factor));
    }

    private readonly struct AddScaledKernel(float factor) : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Fma(b, L.Splat(factor), a);
    }
}
