
namespace Lr2vq.Operators;

/// <summary>The addend of a product, which may be a row, a column, one number or a whole matrix.</summary>
internal static unsafe class Bias
{
    public static long ScratchBytes(int n) => (n * 4L + 63) & ~63L;

    /// <summary>The addend is absent, or broadcasts to [m, n].</summary>
    public static void Check(in StepRules rules, int input, Extent m, Extent n)
    {
        if (!rules.Has(input)) return;
        RuleTensor bias = rules.Input(input).IsLike(ElementType.Float32).IsPlain().HasRank(0, 2);
        if (bias.Rank > 0 && bias[^1].Value != 1) StepRules.Equal(bias[^1], n, "the columns of the addend and of the product");
        if (bias.Rank > 1 && bias[0].Value != 1) StepRules.Equal(bias[0], m, "the rows of the addend and of the product");
    }

    /// <summary>Gives a row of N numbers (null for none), or fills y with the addend and returns true.</summary>
    public static bool Spread(in TensorView bias, float beta, int m, int n, float* y, float* scratch, out float* row)
    {
        row = null;
        if (bias.Data == null || beta == 0f) return false;
        float* values = bias.F32;
        int rank = bias.Rank;
        long columns = rank > 0 ? bias.Shape[rank - 1] : 1, rows = bias.Length / (columns == 0 ? 1 : columns);
        if (rows <= 1)
        {
            if (columns == n && beta == 1f)
            {
                row = values;
                return false;
            }
            for (int i = 0; i < n; i++) scratch[i] = beta * values[columns == 1 ? 0 : i];
            row = scratch;
            return false;
        }
        for (int r = 0; r < m; r++, y += n)
        {
            float* from = values + r % rows * columns;
            for (int i = 0; i < n; i++) y[i] = beta * from[columns == 1 ? 0 : i];
        }
        return true;
    }
}
