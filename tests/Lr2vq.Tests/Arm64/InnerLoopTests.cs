using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.Intrinsics.Arm;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Arm64;

/// <summary>The machine code of inner loops on ARM64, where no speed is measured: nothing is called, nothing spilled, and nearly every instruction multiplies.</summary>
[Trait("Arm64", "true")]
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

    [Theory]
    [InlineData("One", 16, 17), InlineData("Four", 32, 12), InlineData("Eight", 64, 16)]
    public void LevelsMultiplyByElementsAndSpillNothing(string method, int products, int loads)
    {
        Arm64Only();
        foreach (Type levels in new[] { typeof(ByteLevels), typeof(WideLevels), typeof(ShiftedLevels) })
        {
            MachineCode.Loop four = Loops(typeof(AdvSimdLevelTiles), method, levels).MaxBy(l => l.MultiplyAddsByElement)!;
            Assert.Equal(products, four.MultiplyAddsByElement);
            Assert.True(four.VectorLoads <= loads, four.ToString());
        }
    }

    /// <summary>The inner loops that multiply; none of them calls or spills.</summary>
    private MachineCode.Loop[] Loops(Type type, string method, Type argument)
    {
        MachineCode code = new(type.GetMethods(Methods).Single(m => m.Name == method && m.IsGenericMethod).MakeGenericMethod(argument));
        MachineCode.Loop[] loops = [.. code.InnerLoops().Where(l => l.MultiplyAddsByElement + l.MultiplyAdds + l.DotProducts > 0)];
        foreach (MachineCode.Loop loop in loops)
        {
            output.WriteLine($"{type.Name}.{method}<{argument.Name}>: {loop}");
            Assert.True(loop.Calls == 0 && loop.StackAccesses == 0 && loop.Moves == 0, $"{type.Name}.{method}<{argument.Name}>: {loop}\n{code}");
        }
        Assert.NotEmpty(loops);
        return loops;
    }

    private static void Arm64Only()
    {
        if (!AdvSimd.Arm64.IsSupported) Assert.Skip("what is asked about is code for ARM64");
    }
}
