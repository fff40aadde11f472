using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lr2vq.Hosting;

/// <summary>Healthy if the network is loaded, or can be.</summary>
internal sealed class ModelHealthCheck<TModel>(IServiceProvider services) : IHealthCheck where TModel : BackendModel, ILr2vqModel<TModel>
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            ModelInfo info = services.GetRequiredService<TModel>().Info;
            return Task.FromResult(HealthCheckResult.Healthy(info.ToString(),
                new Dictionary<string, object> { ["model"] = info.Name, ["source"] = info.SourceHash, ["bytes"] = info.CompressedBytes }));
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, problem.Message, problem));
        }
    }
}
