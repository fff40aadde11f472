using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Lr2vq.Hosting;

/// <summary>Loads a network while the host starts. A network that cannot be loaded stops the start.</summary>
internal sealed class ModelLoader<TModel>(IServiceProvider services) : IHostedService where TModel : BackendModel, ILr2vqModel<TModel>
{
    public static string OptionsName { get; } = typeof(TModel).FullName!;

    public static Lr2vqModelOptions Options(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<Lr2vqModelOptions>>().Get(OptionsName);

    public Task StartAsync(CancellationToken cancellationToken) => Options(services).LoadAtStart
        ? Task.Run(() => services.GetRequiredService<TModel>().WarmUp(), cancellationToken)
        : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
