using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>A weight as whole numbers in the order of panels, a basis over the taps, and scales: w[r, i, x] = scale[r] · column[i] · Σ_c level[r, i, c] · B[c, x]. With few
/// inputs it is less work to bring those into the basis than the weights out of it.</summary>
/// <param name="levels">i8 or i16 [block of 16 rows][block of 16 inputs][tap][input in the block][row in the block].</param>
/// <param name="wide">Levels have 16 bits.</param>
/// <param name="scales">One for each row, readable to whole blocks.</param>
/// <param name="basis">[coefficient][tap]; null: levels are taps.</param>
/// <param name="shifts">One for each coefficient, or null.</param>
/// <param name="columns">One for each input, or null.</param>
/// <param name="coefficients">1, or the number of taps.</param>
internal sealed unsafe class LevelWeight(PanelOrder order, byte* levels, bool wide, float* scales, float* basis, float* shifts, float* columns, int coefficients)
{
    private const int Lanes = PanelOrder.Lanes;

    public PanelOrder Order => order;
    public float* Scales => scales;
    public float* Basis => basis;
    public float* Columns => columns;

    /// <summary>Levels are weights but for scales of rows, and no coefficient differs from the others.</summary>
    public bool IsPlain => basis == null && columns == null && coefficients == 1;

    /// <summary>sums[p][row] += Σ level · x for sixteen rows and up to <see cref="LevelTiles.MostPixels"/> inputs side by side.</summary>
    /// <param name="block">Of sixteen rows.</param>
    /// <param name="x">[block of 16 inputs][tap][input in the block], each for all pixels, or one run of all columns where inputs or taps are one.</param>
    /// <param name="xRun">Floats from one block or tap to the next; 0: one run.</param>
    /// <param name="xPixel">Floats from one pixel to the next.</param>
    public void Add(int block, float* x, long xRun, long xPixel, int pixels, float* sums, Isa isa)
    {
        long at = block * order.Columns * Lanes;
        if (xRun == 0)
        {
            Add(at, 1, (int)order.Columns, x, 0, xPixel, pixels, sums, isa);
            return;
        }
        int whole = order.Inputs / Lanes * order.Taps, last = order.Inputs % Lanes;
        if (whole > 0) Add(at, whole, Lanes, x, xRun, xPixel, pixels, sums, isa);
        if (last > 0) Add(at + (long)whole * Lanes * Lanes, order.Taps, last, x + whole * xRun, xRun, xPixel, pixels, sums, isa);
    }

    private void Add(long at, int runs, int length, float* x, long xRun, long xPixel, int pixels, float* sums, Isa isa)
    {
        var part = new LevelPart
        {
            At = at, Runs = runs, Length = length, Coefficients = coefficients, X = x, XRun = xRun, XPixel = xPixel, Pixels = pixels, Sums = sums,
        };
        if (shifts != null) Add(new ShiftedLevels((sbyte*)levels, shifts), part, isa);
        else if (wide) Add(new WideLevels((short*)levels), part, isa);
        else Add(new ByteLevels((sbyte*)levels), part, isa);
    }

    internal static void Add<T>(T levels, in LevelPart part, Isa isa) where T : struct, ILevels
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) LevelTiles.Add<Lanes512, Vector512<float>, T>(levels, part);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) LevelTiles.Add<Lanes256, Vector256<float>, T>(levels, part);
        else if (AdvSimd.Arm64.IsSupported && isa >= Isa.Vector128) AdvSimdLevelTiles.Add(levels, part);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) LevelTiles.Add<Lanes128, Vector128<float>, T>(levels, part);
        else LevelTiles.Add<Lanes1, float, T>(levels, part);
    }
}
