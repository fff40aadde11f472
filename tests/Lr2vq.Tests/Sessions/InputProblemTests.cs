using System;
using System.IO;
using System.Runtime.CompilerServices;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>What a caller gives and what does not fit it: whose fault it is, where, and what would fit.</summary>
public sealed class InputProblemTests
{
    /// <summary>Conv, Relu, Flatten, Gemm for pictures of 14 by 14, exported with symbols.</summary>
    private static byte[] Classifier() => new OnnxBuilder()
        .Input("image", ElementType.Float32, "N", 3, "H", "W")
        .Initializer("kernel", RandomTensor.Floats(1, 8, 3, 3, 3)).Initializer("fc", RandomTensor.Floats(2, 8 * 12 * 12, 10)).Initializer("bias", RandomTensor.Floats(3, 10))
        .Node("Conv", ["image", "kernel"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Flatten", ["r"], ["f"]).Node("Gemm", ["f", "fc", "bias"], ["y"])
        .Output("y").Build();

    private static byte[] Lookup() => new OnnxBuilder()
        .Initializer("table", RandomTensor.Floats(1, 5, 4)).Input("ids", ElementType.Int64, "K").Node("Gather", ["table", "ids"], ["y"]).Output("y").Build();

    [Theory, InlineData(28), InlineData(7), InlineData(13)]
    public void LengthsThatDoNotFitNameInputNodeAndWhatFits(int side)
    {
        using ManagedChain chain = ManagedChain.Of(Classifier());
        ArgumentException problem = Assert.Throws<ArgumentException>(() => chain.Run(("image", RandomTensor.Floats(4, 2, 3, side, side))));
        Assert.Contains($"input 'image' [2,3,{side},{side}]", problem.Message);
        Assert.Contains("(Gemm)", problem.Message);
        Assert.Contains("H = 14, W = 14", problem.Message);
        HostTensor picture = RandomTensor.Floats(5, 2, 3, 14, 14);
        Tolerance.OfLargest(1e-5).Check(OrtOracle.Run(Classifier(), ("image", picture))[0], chain.Run(("image", picture))[0], "14 by 14");
    }

    [Fact]
    public void AnIndexOutsideNamesTheInputItComesFrom()
    {
        using ManagedChain chain = ManagedChain.Of(Lookup());
        foreach (long index in new[] { 5, -6, long.MaxValue, long.MinValue })
        {
            ArgumentException problem = Assert.Throws<ArgumentException>(() => chain.Run(("ids", HostTensor.Longs(0, index))));
            Assert.Contains("input 'ids'", problem.Message);
            Assert.Contains($"index {index} at position 1 is outside [-5, 4]", problem.Message);
        }
        Assert.Equal([3, 4], chain.Run(("ids", HostTensor.Longs(0, -1, 4)))[0].Shape);
    }

    [Fact]
    public void MemoryHasALimitThatIsNamed()
    {
        using ManagedChain chain = ManagedChain.Of(Classifier(), new SessionOptions { MaxMemory = 200_000 });
        ArgumentException problem = Assert.Throws<ArgumentException>(() => chain.Run(("image", RandomTensor.Floats(4, 64, 3, 14, 14))));
        Assert.Contains("LR2VQ5016", problem.Message);
        Assert.Contains("200000 are allowed", problem.Message);
        Assert.Contains("input 'image' [64,3,14,14]", problem.Message);
        Assert.Equal([1, 10], chain.Run(("image", RandomTensor.Floats(4, 1, 3, 14, 14)))[0].Shape);
    }

    [Fact]
    public void OutputLengthsAreCheckedBeforeAnythingIsComputed()
    {
        using PlanRunner model = PlanRunner.Load(Artifact(Classifier()));
        using ModelSession session = model.CreateSession();
        session.SetInput<float>(0, new float[3 * 14 * 14], [1, 3, 14, 14]);
        session.ExpectOutput<float>(0, 10);
        Assert.Contains("[1,10] has 10 elements; the destination has 9", Assert.Throws<ArgumentException>(() => session.ExpectOutput<float>(0, 9)).Message);
        Assert.Throws<ArgumentException>(() => session.ExpectOutput<double>(0, 10));
    }

    [Fact]
    public void AnEmptyInputIsSaid()
    {
        using PlanRunner model = PlanRunner.Load(Artifact(Lookup()));
        using ModelSession session = model.CreateSession();
        session.SetInput<long>(0, []);
        string message = Assert.Throws<ArgumentException>(() => session.ExpectOutput<float>(0, 4)).Message;
        Assert.Contains("'y' [0,4] has 0 elements, because the input 'ids' is empty; the destination has 4", message);
        session.Run();
        Assert.Equal([0, 4], session.OutputShape(0).ToArray());
    }

    [Fact]
    public void ASpanOfAnOutputOutlivesItsSession()
    {
        ReadOnlySpan<float> output = Forgotten(out float[] expected);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _ = GC.AllocateArray<byte>(1 << 20, pinned: true);
        }
        Assert.Equal(expected, output.ToArray());
    }

    [Fact]
    public void AForgottenModelGivesItsFileBack()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("only Linux tells what is mapped");
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-forgotten-" + Guid.NewGuid().ToString("n") + ".lr2vq");
        File.WriteAllBytes(path, Artifact(Lookup()));
        try
        {
            Load(path);
            for (int i = 0; i < 5 && IsMapped(path); i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Assert.False(IsMapped(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Load(string path)
    {
        PlanRunner model = PlanRunner.Load(path);
        Assert.True(IsMapped(path));
        ModelSession session = model.CreateSession();
        session.SetInput<long>(0, [1, 2]);
        session.Run();
    }

    private static bool IsMapped(string path) => File.ReadAllText("/proc/self/maps").Contains(Path.GetFileName(path), StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ReadOnlySpan<float> Forgotten(out float[] expected)
    {
        ModelSession session = PlanRunner.Load(Artifact(Lookup())).CreateSession();
        session.SetInput<long>(0, [4, 3, 2, 1, 0]);
        session.Run();
        expected = session.Output<float>(0).ToArray();
        return session.Output<float>(0);
    }

    private static byte[] Artifact(byte[] onnx)
    {
        using ManagedChain chain = ManagedChain.Of(onnx);
        return chain.Artifact;
    }
}
