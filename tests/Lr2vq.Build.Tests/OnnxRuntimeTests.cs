using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>Projects whose network ONNX Runtime computes, from the packed packages.</summary>
public sealed class OnnxRuntimeTests(Workshop workshop)
{
    private const string Program = """
        using System;
        using Lr2vq.OnnxRuntime;

        float[] rows = new float[3 * 64], distances = new float[9];
        for (int i = 0; i < rows.Length; i++) rows[i] = i * 37 % 101 / 50f - 1f;
        using ortapp.Rows model = ortapp.Rows.Create(new OnnxRuntimeOptions { Threads = 1 });
        model.Predict(rows, distances);
        float[] later = new float[9];
        await model.PredictAsync(rows, later);
        Console.WriteLine(Compare(model, rows, distances, later));

        static string Compare(ortapp.Rows model, float[] rows, float[] distances, float[] later)
        {
            using ortapp.Rows.Session session = model.CreateSession();
            session.Run(rows);
            bool same = session.Y.SequenceEqual(distances) && distances.AsSpan().SequenceEqual(later) && session.YShape.SequenceEqual(new[] { 3, 3 });
            return $"same={same} near={distances[0] < 0.1f * distances[1]} tensors={model.Info.Tensors.Count}";
        }
        """;

    private const string Answer = "same=True near=True tensors=1", Unmeasured = "LR2VQ2030";

    [Fact]
    public void ANetworkThatTheCompilerRefusesIsBuiltAndRuns()
    {
        UserProject project = Project("ortapp", "<OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>");
        BuildResult build = project.Build().Succeeded();
        Assert.Contains("CDist", Assert.Single(build.Diagnostics(Unmeasured)).Text);
        Assert.Equal(Answer, project.Run());
    }

    [Fact]
    public void ANativeProgramHasNoWarningAndRuns()
    {
        UserProject project = Project("ortnative", NativeProgram.Properties);
        string program = NativeProgram.Publish(project, Unmeasured + " rows.onnx");
        Assert.Equal(Answer, Command.Run(program, [], project.Folder).Output.Trim());
    }

    [Fact]
    public void WhatIsMissingIsSaidWithTheLineThatHelps()
    {
        UserProject project = workshop.Project("ortless", "<TargetFramework>net10.0</TargetFramework>", """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" Backend="OnnxRuntime" />""").Write("tiny.onnx", Networks.Small());
        BuildResult build = project.Build().Failed();
        Assert.Equal(["LR2VQ6030 ortless.csproj"], build.Problems);
        string text = Assert.Single(build.Diagnostics("LR2VQ6030")).Text;
        Assert.Contains($"<PackageReference Include=\"Lr2vq.OnnxRuntime\" Version=\"{workshop.Version}\" />", text);
    }

    private UserProject Project(string name, string properties) => workshop.Project(name, $"{properties}<RootNamespace>ortapp</RootNamespace><MSBuildWarningsNotAsErrors>{Unmeasured}</MSBuildWarningsNotAsErrors>", $"""
        $(Lr2vq)
        <PackageReference Include="Lr2vq.OnnxRuntime" Version="{workshop.Version}" />
        <Lr2vqModel Include="rows.onnx" Backend="OnnxRuntime" />
        """).Write("rows.onnx", Model()).Write("Program.cs", Program);

    private static byte[] Model() => new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64)
        .Initializer("w", RandomTensor.Floats(4, 64, 64)).Node("MatMul", ["x", "w"], ["m"])
        .Node("CDist", ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N").Build();
}
