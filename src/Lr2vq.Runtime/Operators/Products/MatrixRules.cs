namespace Lr2vq.Operators;

/// <summary>What every product relies on.</summary>
internal static class MatrixRules
{
    private const int Most = 1 << 30;

    /// <summary>Sizes for which sums of a few stay in 32 bits.</summary>
    public static void Check(Extent m, Extent n, Extent k)
    {
        StepRules.Within(m, 0, Most, "the number of rows");
        StepRules.Within(n, 0, Most, "the number of columns");
        StepRules.Within(k, 0, Most, "the inner length");
    }
}
