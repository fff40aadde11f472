using System;
using System.Linq;
using System.Threading.Tasks;
using Lr2vq.Hosting;
using Lr2vq.OnnxRuntime;
using Lr2vq.Tests.Backends;
using Lr2vq.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lr2vq.Tests.Hosting;

/// <summary><c>services.AddLr2vqModel&lt;T&gt;()</c>.</summary>
public sealed class AddModelTests
{
    [Fact]
    public async Task TheModelIsOneAndReadyWhenTheHostHasStarted()
    {
        ServiceCollection services = new();
        services.AddLr2vqModel<TinyModel>(options => options.Sessions.MaxSessions = 5);
        // Twice is once.
        services.AddLr2vqModel<TinyModel>();
        await using ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService service in provider.GetServices<IHostedService>()) await service.StartAsync(TestContext.Current.CancellationToken);
        Assert.Single(provider.GetServices<IHostedService>());
        TinyModel model = provider.GetRequiredService<TinyModel>();
        Assert.Same(model, provider.GetRequiredService<TinyModel>());
        Assert.Equal((5, 1, true), (model.Options.MaxSessions, model.Options.Threads, model.Options.Metrics));
        ModelSession session = model.Take();
        Assert.Equal(12, session.Output<float>(0).Length);
        model.GiveBack(session);
        foreach (IHostedService service in provider.GetServices<IHostedService>()) await service.StopAsync(TestContext.Current.CancellationToken);
        await provider.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => model.Predict(new float[12], new float[12]));
    }

    [Fact]
    public async Task AModelMayWaitForItsFirstUse()
    {
        int loads = 0;
        ServiceCollection services = new();
        services.AddSingleton(_ =>
        {
            loads++;
            return TinyModel.Load();
        });
        services.AddLr2vqModel<TinyModel>(options => options.LoadAtStart = false);
        await using ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService service in provider.GetServices<IHostedService>()) await service.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, loads);
        provider.GetRequiredService<TinyModel>();
        Assert.Equal(1, loads);
    }

    [Fact]
    public void AnInterfaceStandsForTheModelOrForSomethingElse()
    {
        ServiceCollection services = new();
        services.AddLr2vqModel<TinyModel.IModel, TinyModel>();
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Same(provider.GetRequiredService<TinyModel>(), provider.GetRequiredService<TinyModel.IModel>());

        ServiceCollection tested = new();
        tested.AddSingleton<TinyModel.IModel>(new Fake());
        tested.AddLr2vqModel<TinyModel.IModel, TinyModel>();
        using ServiceProvider other = tested.BuildServiceProvider();
        float[] y = new float[1];
        other.GetRequiredService<TinyModel.IModel>().Predict([], y);
        Assert.Equal([7f], y);
    }

    [Fact]
    public async Task TheHealthCheckSaysWhatIsWrong()
    {
        ServiceCollection services = new();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddLr2vqModel<TinyModel>();
        services.AddLr2vqModel<BrokenModel>();
        services.AddHealthChecks().AddLr2vqModel<TinyModel>().AddLr2vqModel<BrokenModel>("other", HealthStatus.Degraded, ["models"]);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        HealthReportEntry good = report.Entries["TinyModel"], bad = report.Entries["other"];
        Assert.Equal((HealthStatus.Healthy, "tiny"), (good.Status, good.Data["model"]));
        Assert.Equal(HealthStatus.Degraded, bad.Status);
        Assert.IsType<InvalidArtifactException>(bad.Exception);
        Assert.Equal(["models"], bad.Tags);
        // A host with such a network does not start.
        IHostedService[] loaders = [.. provider.GetServices<IHostedService>().Where(s => s.GetType().IsGenericType)];
        Assert.Equal(2, loaders.Length);
        await loaders[0].StartAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidArtifactException>(() => loaders[1].StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ANetworkOfOnnxRuntimeIsHostedAlike()
    {
        int threads = -1;
        ServiceCollection services = new();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddLr2vqModel<RowsModel>(options => options.Sessions = new OnnxRuntimeOptions(options.Sessions) { Configure = native => threads = native.IntraOpNumThreads });
        services.AddHealthChecks().AddLr2vqModel<RowsModel>();
        await using ServiceProvider provider = services.BuildServiceProvider();
        foreach (IHostedService service in provider.GetServices<IHostedService>().Where(s => s.GetType().IsGenericType)) await service.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, threads);
        RowsModel model = provider.GetRequiredService<RowsModel>();
        Assert.True(model.Options.Metrics);
        // It was computed once.
        OnnxRuntimeSession session = model.Take();
        Assert.Equal([1, 1], session.OutputShape(0).ToArray());
        model.GiveBack(session);
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Healthy, model.Info.SourceHash), (report.Status, report.Entries["RowsModel"].Data["source"]));
        await provider.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => model.Predict(new float[64], new float[1]));
    }

    private sealed class Fake : TinyModel.IModel
    {
        public void Predict(ReadOnlySpan<float> x, Span<float> y) => y.Fill(7);
    }

    /// <summary>A class whose artifact is damaged.</summary>
    private sealed class BrokenModel(SessionOptions? options) : Lr2vqModel(ModelSource.Memory(new byte[100]), "", options), ILr2vqModel<BrokenModel>
    {
        public static BrokenModel Create(SessionOptions? options = null) => new(options);

        protected override void Execute(in StepRunner run)
        {
        }
    }
}
