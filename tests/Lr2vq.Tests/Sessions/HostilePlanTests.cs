using System;
using System.Linq;
using System.Text;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>Plans that no compiler writes, in artifacts whose hashes are right: refused with a code before anything is computed.</summary>
public sealed class HostilePlanTests
{
    [Theory]
    [InlineData("Slice", "[8]", "[4]", "axes=0 starts=6", "the last index is 9")]
    [InlineData("Slice", "[8]", "[4]", "axes=0 starts=-3", "the first index is -3")]
    [InlineData("Slice", "[8]", "[4]", "axes=0 starts=7 steps=-3", "the last index is -2")]
    [InlineData("Slice", "[8]", "[4]", "axes=0,0 starts=0,0", "axis 0 is there twice")]
    [InlineData("Transpose", "[2,4]", "[4,2]", "perm=1,5", "axis 5")]
    [InlineData("Transpose", "[2,4]", "[4,4]", "perm=1,1", "axis 1 is there twice")]
    [InlineData("TopK", "[8]", "[9]", "axis=0", "k is 9")]
    [InlineData("Expand", "[2,4]", "[3,4]", "", "do not fit")]
    [InlineData("Tile", "[2,4]", "[3,4]", "", "multiple")]
    [InlineData("Reshape", "[2,4]", "[3,4]", "", "12 elements where 8")]
    [InlineData("Pad", "[2,4]", "[3,9]", "pads=1,2,0,2", "8")]
    [InlineData("Pad", "[2,4]", "[3,8]", "pads=1,2,0,2 mode=mirror", "mirror")]
    [InlineData("Trilu", "[8]", "[8]", "", "input 0 has 1 dimensions")]
    [InlineData("Concat", "[2,4]", "[2,5]", "axis=1", "[2,5]")]
    [InlineData("Concat", "[2,4]", "[2,4]", "axis=7", "axis 7")]
    [InlineData("Split", "[2,4]", "[2,3]", "axis=1", "parts")]
    [InlineData("DepthToSpace", "[1,2,2,2]", "[1,1,4,4]", "blocksize=2", "2 and 4")]
    [InlineData("SpaceToDepth", "[1,2,2,2]", "[1,8,1,1]", "blocksize=0", "block")]
    [InlineData("MaxPool", "[1,1,2,4]", "[1,1,2,4]", "kernel_shape=2147483647,1 strides=1,1", "2147483647")]
    [InlineData("MaxPool", "[1,1,2,4]", "[1,1,2,4]", "kernel_shape=2", "two-dimensional")]
    [InlineData("AveragePool", "[1,1,2,4]", "[1,1,1,1]", "kernel_shape=2,4 pads=9000000000,0,0,0", "border")]
    [InlineData("Resize", "[2,4]", "[2,8]", "mode=linear scales=3F800000,00000000", "scale")]
    [InlineData("Resize", "[2,0]", "[2,8]", "mode=nearest", "0, not within")]
    [InlineData("ToBlocked", "[1,3,2,2]", "[1,3,2,1] blocked", "", "[1,3,2,2] is needed")]
    [InlineData("ToPlain", "[1,3,2,2]", "[1,3,2,2]", "", "is plain")]
    public void AStepThatWouldLeaveItsTensorsIsRefused(string op, string before, string after, string attributes, string why)
    {
        // Outputs of a network are plain.
        string output = after.EndsWith("blocked", StringComparison.Ordinal) ? "v0 \"y\" f32 " + before : "v1 \"y\" f32 " + after;
        string second = op == "TopK" ? ", v2 i64 " + after : "";
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => Run(
            $"input v0 \"x\" f32 {before}\nstep 1 {op} \"node\" (v0) -> (v1 f32 {after}{second}) {attributes}", output));
        Assert.Equal("LR2VQ5009", refusal.Code);
        Assert.Contains($"{op} 'node'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gemm", "[2,4]", "[3,5] matmul", "[2,5]", "columns of the input")]
    [InlineData("Gemm", "[2,4]", "[5,4] gather", "[2,5]", "role")]
    [InlineData("Conv", "[1,4,5,5]", "[2,3,1,1] conv", "[1,2,5,5]", "channels")]
    [InlineData("Conv", "[1,3,5,5]", "[2,3,3,3] conv", "[1,2,5,5]", "[1,2,3,3] is needed")]
    [InlineData("Conv", "[1,3,5,5]", "[2,3,3,3] convtranspose", "[1,2,3,3]", "role")]
    [InlineData("ConvTranspose", "[1,2,5,5]", "[2,3,3,3] convtranspose", "[1,3,9,9]", "length of the output")]
    [InlineData("MatMul", "[2,4]", "[3,5] constant", "[2,5]", "inner lengths")]
    [InlineData("Gather", "[2,4]", "[3] constant", "[3,4]", "type f32")]
    public void WeightsOfOtherSizesAreRefused(string op, string before, string weight, string after, string why)
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => Run(
            $"input v0 \"x\" f32 {before}\nweight w0 \"w\" f32 {weight}\nstep 1 {op} \"node\" (v0, w0) -> (v1 f32 {after})", "v1 \"y\" f32 " + after));
        Assert.Equal("LR2VQ5009", refusal.Code);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("input v0 \"x\" f32 [1]\nstep 1 Expand \"node\" (v0) -> (v1 f32 [1000000,1000000])", "[1000000,1000000]")]
    [InlineData("input v0 \"x\" f32 [1]\nstep 1 Expand \"node\" (v0) -> (v1 f32 [2147483647])", "[2147483647]")]
    [InlineData("input v0 \"x\" f32 [1]\nstep 1 Pad \"node\" (v0) -> (v1 f32 [900000001]) pads=0,900000000", "[900000001]")]
    public void MemoryIsRefusedBeforeItIsTaken(string lines, string shape)
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => Run(lines, "v1 \"y\" f32 " + shape));
        Assert.Contains("LR2VQ50", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.Code is "LR2VQ5016" or "LR2VQ5009", refusal.Message);
    }

    [Fact]
    public void ManyValuesThatLiveLongArePlannedInTime()
    {
        const int Count = 20_000;
        StringBuilder lines = new("input v0 \"x\" f32 [1]\n");
        for (int i = 1; i <= Count; i++) lines.Append($"step {i} Expand \"\" (v0) -> (v{i} f32 [{1 + i % 7}])\n");
        lines.Append($"step {Count + 1} Concat \"all\" ({string.Join(", ", Enumerable.Range(1, Count).Select(i => "v" + i))}) -> (v{Count + 1} f32 [{Enumerable.Range(1, Count).Sum(i => 1 + i % 7)}]) axis=0");
        Run(lines.ToString(), $"v{Count + 1} \"y\" f32 [{Enumerable.Range(1, Count).Sum(i => 1 + i % 7)}]");
    }

    private static void Run(string lines, string output)
    {
        using PlanRunner model = PlanRunner.Load(TinyArtifact.Bytes(lines + "\noutput " + output));
        using ModelSession session = model.CreateSession();
        session.SetInput<float>(0, new float[model.Info.Inputs[0].Dimensions.Aggregate(1, (length, d) => length * int.Parse(d))]);
        session.Run();
    }
}
