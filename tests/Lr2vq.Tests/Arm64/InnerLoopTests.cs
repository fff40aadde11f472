using System;
using System.Linq;
using System.Reflection;
using System.Runtime.Intrinsics.Arm;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Arm64;

/// <summary>Methods are compiled by these tests alone: while another thread compiles one, its stub does not lead to it yet.</summary>
[CollectionDefinition(nameof(InnerLoopTests), DisableParallelization = true)]
public sealed class InnerLoopCollection;

/// <summary>The machine code of inner loops on ARM64, where no speed is measured: nothing is called, nothing spilled, and nearly every instruction multiplies.</summary>
[Collection(nameof(InnerLoopTests))]
[Trait("Arm64", "true")]
[Trait("Only", "Arm64")]
public sealed class InnerLoopTests(ITestOutputHelper output)
{
    private const BindingFlags Methods = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    [Fact]
    public void TilesMultiplyByElementsAndSpillNothing()
    {
        Arm64Only();
        foreach (Type step in new[] { typeof(Step1), typeof(Step2), typeof(Step8), typeof(Step16), typeof(Step32) })
            for (int pixels = 1; pixels <= 6; pixels++)
            {
                MachineCode.Loop[] loops = Loops(typeof(AdvSimdTiles), $"T4x{pixels}", step);
                Assert.Equal(2, loops.Length);
                MachineCode.Loop four = loops.MaxBy(l => l.MultiplyAddsByElement)!, one = loops.MinBy(l => l.MultiplyAddsByElement)!;
                Assert.Equal((16 * pixels, 4 * pixels), (four.MultiplyAddsByElement, one.MultiplyAddsByElement));
                // Four steps read 16 vectors of weights and one of each pixel; five instructions count.
                Assert.Equal(16 + pixels, four.VectorLoads);
                Assert.True(four.Instructions <= 16 * pixels + 16 + pixels + 5, four.ToString());
            }
    }

    [Fact]
    public void LevelsMultiplyByElementsAndSpillNothing()
    {
        Arm64Only();
        // Of levels of 8 bits, four steps: an instruction loads eight of them, and five make floats of them.
        foreach ((string method, int products, int pixels, int loads) in new[] { ("One", 16, 1, 8), ("Four", 32, 4, 4), ("Eight", 64, 8, 4) })
            foreach (Type levels in new[] { typeof(ByteLevels), typeof(WideLevels), typeof(ShiftedLevels) })
            {
                MachineCode.Loop four = Loops(typeof(AdvSimdLevelTiles), method, levels).MaxBy(l => l.MultiplyAddsByElement)!;
                Assert.Equal(products, four.MultiplyAddsByElement);
                if (levels == typeof(ByteLevels)) Assert.True(four.Instructions <= products + pixels + 7 * loads + 6, four.ToString());
            }
    }

    [Fact]
    public void DotProductsOfBytesSpillNothing()
    {
        Arm64Only();
        MachineCode.Loop loop = Assert.Single(Loops(typeof(DotIntegerProduct), "Tile", null));
        Assert.Equal((16, 8), (loop.DotProducts, loop.VectorLoads));
        Assert.True(loop.Instructions <= 16 + 8 + 7, loop.ToString());
    }

    /// <summary>The inner loops that multiply; none of them calls or spills.</summary>
    private MachineCode.Loop[] Loops(Type type, string method, Type? argument)
    {
        MethodInfo found = type.GetMethods(Methods).Single(m => m.Name == method);
        MachineCode code = new(argument is null ? found : found.MakeGenericMethod(argument));
        string name = $"{type.Name}.{method}{(argument is null ? "" : $"<{argument.Name}>")}";
        MachineCode.Loop[] loops = [.. code.InnerLoops().Where(l => l.MultiplyAddsByElement + l.MultiplyAdds + l.DotProducts > 0)];
        foreach (MachineCode.Loop loop in loops)
        {
            output.WriteLine($"{name}: {loop}");
            Assert.True(loop.Calls == 0 && loop.StackAccesses == 0 && loop.Moves == 0, $"{name}: {loop}\n{code}");
        }
        Assert.NotEmpty(loops);
        return loops;
    }

    private static void Arm64Only()
    {
        if (!AdvSimd.Arm64.IsSupported) Assert.Skip("what is asked about is code for ARM64");
    }
}
