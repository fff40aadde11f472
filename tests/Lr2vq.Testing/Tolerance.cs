using System;
using System.Globalization;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>How far a result may be from the oracle's. A failure names the index, both values and whatever the caller adds (the seed).</summary>
internal readonly record struct Tolerance
{
    private readonly double _absolute;
    private readonly double _relative;
    private readonly double _ofLargest;
    private readonly long _ulp;

    private Tolerance(double absolute, double relative, double ofLargest, long ulp) =>
        (_absolute, _relative, _ofLargest, _ulp) = (absolute, relative, ofLargest, ulp);

    /// <summary>Bit for bit, but for the sign of zero and the payload of NaN.</summary>
    public static Tolerance Exact => new(0, 0, 0, 0);

    /// <summary>|expected − actual| ≤ bound.</summary>
    public static Tolerance Absolute(double bound) => new(bound, 0, 0, 0);

    /// <summary>|expected − actual| ≤ bound · max(|expected|, floor).</summary>
    public static Tolerance Relative(double bound, double floor = 1) => new(bound * floor, bound, 0, 0);

    /// <summary>|expected − actual| ≤ fraction · the largest |expected| of the whole tensor.</summary>
    public static Tolerance OfLargest(double fraction) => new(1e-30, 0, fraction, 0);

    /// <summary>At most so many representable numbers apart.</summary>
    public static Tolerance Ulp(int count) => new(0, 0, 0, count);

    public void Check(HostTensor expected, HostTensor actual, string? about = null)
    {
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.Shape, actual.Shape);
        if (expected.Texts is not null)
        {
            Assert.Equal(expected.Texts, actual.Texts);
            return;
        }
        Check(expected.ToDoubles(), actual.ToDoubles(), about);
    }

    public void Check(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string? about = null)
    {
        double[] wideExpected = new double[expected.Length], wideActual = new double[actual.Length];
        for (int i = 0; i < expected.Length; i++) wideExpected[i] = expected[i];
        for (int i = 0; i < actual.Length; i++) wideActual[i] = actual[i];
        Check(wideExpected, wideActual, about);
    }

    public void Check(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, string? about = null)
    {
        if (expected.Length != actual.Length) Assert.Fail($"{expected.Length} values expected, {actual.Length} found{About(about)}");
        double bound = _absolute;
        if (_ofLargest > 0)
        {
            double largest = 0;
            foreach (double value in expected) if (double.IsFinite(value)) largest = Math.Max(largest, Math.Abs(value));
            bound = Math.Max(bound, largest * _ofLargest);
        }
        int wrong = 0, worst = -1;
        double worstBy = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (IsNear(expected[i], actual[i], bound)) continue;
            wrong++;
            double by = Math.Abs(expected[i] - actual[i]);
            if (worst >= 0 && !double.IsNaN(by) && !(by > worstBy)) continue;
            (worst, worstBy) = (i, by);
        }
        if (wrong == 0) return;
        Assert.Fail(string.Create(CultureInfo.InvariantCulture,
            $"{wrong} of {expected.Length} values differ; worst at {worst}: expected {expected[worst]:R}, found {actual[worst]:R}, apart by {worstBy:G3}{About(about)}"));
    }

    /// <summary>Largest |expected − actual| divided by the largest |expected|; what tables print.</summary>
    public static double ErrorOfLargest(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double largest = 0, error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            error = Math.Max(error, Math.Abs((double)expected[i] - actual[i]));
        }
        return largest == 0 ? error : error / largest;
    }

    private bool IsNear(double expected, double actual, double bound)
    {
        if (expected == actual || (double.IsNaN(expected) && double.IsNaN(actual))) return true;
        if (!double.IsFinite(expected) || !double.IsFinite(actual)) return false;
        if (_ulp > 0) return Math.Abs(Order((float)expected) - Order((float)actual)) <= _ulp;
        return Math.Abs(expected - actual) <= Math.Max(bound, _relative * Math.Abs(expected));
    }

    /// <summary>Neighbouring floats have neighbouring numbers.</summary>
    private static long Order(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return bits < 0 ? -(long)(bits & int.MaxValue) : bits;
    }

    private static string About(string? about) => about is null ? "" : $" ({about})";
}
