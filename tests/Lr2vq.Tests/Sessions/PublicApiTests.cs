using System;
using System.Linq;
using Lr2vq.Hosting;
using Lr2vq.OnnxRuntime;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Sessions;

public sealed class PublicApiTests
{
    /// <summary>Operators are not listed one by one: each shows <c>Read</c> and nothing else.</summary>
    [Fact]
    public void The_surface_of_the_run_time_is_as_listed() => PublicSurface.Check(typeof(Lr2vqModel).Assembly, unlisted: typeof(Operator));

    [Fact]
    public void The_surface_of_the_back_end_of_ONNX_Runtime_is_as_listed() => PublicSurface.Check(typeof(OnnxRuntimeModel).Assembly);

    [Fact]
    public void The_surface_for_hosts_is_as_listed() => PublicSurface.Check(typeof(Lr2vqModelOptions).Assembly);

    [Fact]
    public void EveryOperatorIsInTheTable()
    {
        Type[] operators = [.. typeof(Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operator)) && !t.IsAbstract)];
        Assert.NotEmpty(operators);
        // Attributes may be missing for some; what matters is that the name is known.
        Assert.Empty(operators.Where(t => !Knows(t.Name)).Select(t => t.Name));
        Assert.All(operators, t => Assert.True(t is { IsSealed: true, IsPublic: true, Namespace: "Lr2vq.Operators" }, t.Name));
        Assert.All(operators, t => Assert.Equal([$"static {t.FullName} Read(Lr2vq.Plans.StepAttributes attributes)"], PublicSurface.Members(t)));
    }

    private static bool Knows(string name)
    {
        try
        {
            return OperatorTable.Read(name, StepAttributes.Empty)?.GetType().Name == name;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }
}
