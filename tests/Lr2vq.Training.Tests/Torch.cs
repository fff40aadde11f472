using System;
using System.Globalization;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;
using Xunit;

// torch has one source of random numbers for all threads, which trainings seed; and it uses all processors by itself.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Lr2vq.Training.Tests;

/// <summary>What the tests of training share.</summary>
internal static class Torch
{
    /// <summary>Skips the test where libtorch cannot be loaded, and says why.</summary>
    public static void Require()
    {
        if (LibTorch.Problem is { } problem) Assert.Skip("libtorch cannot be loaded: " + problem);
    }

    /// <summary>As <see cref="WithNetwork"/> for a network of the data folder; skipped without libtorch or the data.</summary>
    public static void WithNetworkOf(string file, Action<PlannedNetwork> work)
    {
        Require();
        WithNetwork(TestData.Model(file), work);
    }

    /// <summary>Plans a network and does something with it while its weights can be read.</summary>
    public static void WithNetwork(string path, Action<PlannedNetwork> work)
    {
        using OpenedNetwork network = new(path);
        work(network.Planned);
    }

    /// <summary>‖a − b‖ ÷ ‖b‖ and the largest |a − b| ÷ largest |b|, the larger of both.</summary>
    public static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Assert.Equal(b.Length, a.Length);
        double error = 0, energy = 0, most = 0, largest = 0;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i].Equals(b[i])) continue;
            double d = Math.Abs((double)a[i] - b[i]);
            if (double.IsNaN(d)) return double.NaN;
            (error, most) = (error + d * d, Math.Max(most, d));
        }
        foreach (float v in b) if (float.IsFinite(v)) (energy, largest) = (energy + (double)v * v, Math.Max(largest, Math.Abs(v)));
        return largest == 0 ? most : Math.Max(Math.Sqrt(error / energy), most / largest);
    }

    public static string Text(double value) => value.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
